// What a run has still to do whose result is in place: a file beside the result, written just
// before it is there and removed when the run has come to its end. A run that is killed or stopped
// in between is ended by its next start.
import { readFile } from 'node:fs/promises';
import { diskError, fencedRemove, fencedWrite, type Fence } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';

/** The end of a run that it has not come to yet. Steps and epochs count from 0. */
export interface Ending {
  /** The last step. */
  readonly step: number;
  readonly epoch: number;
  /** The step that the result is, if the one with the lowest validation loss was asked for. */
  readonly best: { readonly step: number; readonly loss: number } | null;
  /** How long the metrics were without the last evaluation. */
  readonly metricsBytes: number;
  /** Whether the last evaluation is made: only an export or the report may be missing. */
  readonly evaluated: boolean;
}

export class EndingFile {
  readonly path: string;
  readonly #fence: Fence;

  constructor(path: string, fence: Fence) {
    this.path = path;
    this.#fence = fence;
  }

  /**
   * Undefined where nothing is left to do, or no result was begun. Errors: `io`; `bad-file` for a
   * file that is not what `write` wrote.
   */
  async read(): Promise<Ending | undefined> {
    const text = await readFile(this.path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return undefined;
      throw diskError(cause, this.path);
    });
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as Ending;
    } catch (cause) {
      throw new AutomodelError('bad-file', 'is damaged', {
        location: this.path,
        hint: 'remove it: the run then counts as finished',
        cause,
      });
    }
  }

  /** In one step. Errors: those of the fence and of the disk. */
  async write(ending: Ending): Promise<void> {
    await fencedWrite(this.#fence, this.path, `${JSON.stringify(ending)}\n`);
  }

  /** The evaluation need not be made again; nothing where there is no result. */
  async evaluated(): Promise<void> {
    const ending = await this.read();
    if (ending !== undefined) await this.write({ ...ending, evaluated: true });
  }

  /** Nothing is left to do. */
  async remove(): Promise<void> {
    await fencedRemove(this.#fence, this.path);
  }
}
