// The folder of a run: metrics from the first step on, a copy of the recipe, checkpoints as they
// are asked for, and at the end the model itself, a complete Hugging Face folder, or the adapter.
// The model's files are written to a folder inside and moved up when all are complete, config.json
// last: a folder without config.json is an unfinished run. A finished run may be made longer: its
// result stays until there is a new one. Whoever writes locks the folder first.
import { mkdir, readFile, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  ALONE,
  Checkpoints,
  diskError,
  fencedRemove,
  fencedRename,
  fencedWrite,
  firstDoes,
  MARKER_FILE,
  readJsonFile,
  type Fence,
  type PublishOptions,
  type SavedFolder,
  type WritingGroup,
} from '@automodel/checkpoint';
import { EndingFile, type Ending } from './ending-file.js';
import { checkEmpty, isFolderOfRun } from './folder-contents.js';
import type { ProcessIdentity } from './process-identity.js';
import {
  ANSWERS_FILE,
  CONFIG_FILES,
  ENDING_FILE,
  FACTS_FILE,
  LONGER_FILE,
  METRICS_FILE,
  RECIPE_FILE,
  REPORT_FILE,
  STAGING,
  TRACES,
} from './run-files.js';
import { withoutStart } from './recipe-without-start.js';
import { heldError, RunLock, type Holder } from './run-lock.js';
import { metricsEnd } from './metrics-end.js';

/** A result, the file that says so, and how many steps it took; undefined: nothing tells. */
export interface FinishedRun {
  readonly config: string;
  readonly steps: number | undefined;
  /** It ended before the last step of its recipe. */
  readonly endedEarly: boolean;
  /** What it has still to do. */
  readonly ending?: Ending | undefined;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Writes what is saved, model or adapter, into a new folder. */
export type SaveModel = (directory: string, publish?: PublishOptions) => Promise<SavedFolder>;

export class OutputFolder {
  readonly path: string;
  readonly checkpoints: Checkpoints;
  /** What is left to do beside a result. */
  readonly ending: EndingFile;
  readonly #lock: RunLock;
  /** The topmost folder that was made for this one. */
  #made: string | undefined;
  #begun = false;

  /** `identity`: which process writes; default: this one. */
  constructor(path: string, identity?: () => Promise<ProcessIdentity>) {
    this.path = path;
    this.#lock = new RunLock(path, identity);
    this.checkpoints = new Checkpoints(path, this.fence);
    this.ending = new EndingFile(join(path, ENDING_FILE), this.fence);
  }

  /** Whether the folder is this run's; asked before each change of what is in it. */
  get fence(): Fence {
    return this.#lock.check;
  }

  get metricsPath(): string {
    return join(this.path, METRICS_FILE);
  }

  get recipePath(): string {
    return join(this.path, RECIPE_FILE);
  }

  get answersPath(): string {
    return join(this.path, ANSWERS_FILE);
  }

  get reportPath(): string {
    return join(this.path, REPORT_FILE);
  }

  get factsPath(): string {
    return join(this.path, FACTS_FILE);
  }

  /** Who writes into the folder; undefined: nobody. */
  holder(): Promise<Holder | undefined> {
    return this.#lock.holder();
  }

  /** Errors: `conflict` if another run writes into the folder. */
  async checkFree(): Promise<void> {
    const holder = await this.holder();
    if (holder !== undefined) throw heldError(holder);
  }

  /**
   * Locks the folder for this run until `close`, and finishes the work of one that was killed: what
   * it was writing is removed, a result that it was moving in is complete. Returns who has the
   * folder instead, if anybody has. Errors: `conflict` for a folder of something else, into which
   * nothing is written; `io`.
   */
  async lock(): Promise<Holder | undefined> {
    if (!(await isFolderOfRun(this.path))) await this.checkEmpty();
    try {
      this.#made ??= await mkdir(this.path, { recursive: true });
      const holder = await this.#lock.take();
      if (holder !== undefined) return holder;
      await this.#completeResult();
      await this.checkpoints.clean();
      return undefined;
    } catch (cause) {
      throw diskError(cause, this.path);
    }
  }

  /**
   * `startsOver`: the folder holds what a run left that was stopped before its first checkpoint.
   * Errors: `conflict` if it holds anything else, because a run never mixes with another.
   */
  checkEmpty(): Promise<{ readonly startsOver: boolean }> {
    return checkEmpty(this.path);
  }

  /**
   * The result of a finished run; undefined where there is none, or where the run is being made
   * longer.
   */
  async finished(): Promise<FinishedRun | undefined> {
    const config = await this.#result();
    if (config === undefined || (await exists(join(this.path, LONGER_FILE)))) return undefined;
    const ending = await this.ending.read();
    return { config, ...(await metricsEnd(this.metricsPath)), ending };
  }

  /** Whether the folder's run had this recipe, apart from where it started. */
  async isOf(recipeText: string): Promise<boolean> {
    const settings = await readFile(this.recipePath, 'utf8')
      .then(withoutStart)
      .catch(() => undefined);
    return isDeepStrictEqual(settings, withoutStart(recipeText));
  }

  /** The file that says that a result is there. */
  async #result(): Promise<string | undefined> {
    for (const name of CONFIG_FILES) if (await exists(join(this.path, name))) return name;
    return undefined;
  }

  /**
   * Writes the recipe into the locked folder; unless `goesOn`, removes what an earlier run left.
   * Errors: those of the fence, `io`.
   */
  async begin(recipeText: string, goesOn: boolean): Promise<void> {
    try {
      this.#begun = true;
      if (!goesOn) {
        await fencedWrite(this.fence, this.metricsPath, ''); // says that the rest is a run's
        for (const name of TRACES) await fencedRemove(this.fence, join(this.path, name));
      }
      // the result stays until the longer run has its own
      if ((await this.#result()) !== undefined)
        await fencedWrite(this.fence, join(this.path, LONGER_FILE), '');
      await fencedWrite(this.fence, this.recipePath, recipeText);
    } catch (cause) {
      throw diskError(cause, this.path);
    }
  }

  /** Unlocks the folder. A run that never began leaves nothing, not even the folder. */
  async close(): Promise<void> {
    await this.#lock.release(!this.#begun);
    if (this.#begun || this.#made === undefined) return;
    for (let path = this.path; path.length >= this.#made.length; path = dirname(path))
      if (
        !(await rmdir(path).then(
          () => true,
          () => false,
        ))
      )
        return;
  }

  /**
   * Saves the final model or adapter into this folder, with what is left to do after that; all
   * processes of a group call it. Returns its files. Errors: `io`; those of `save` and the fence.
   */
  async saveResult(
    save: SaveModel,
    ending: Ending,
    group: WritingGroup = ALONE,
  ): Promise<readonly string[]> {
    await firstDoes(group, () =>
      // first: a result that is there without it is that of a run that came to its end
      this.ending.write(ending).catch((cause: unknown) => {
        throw diskError(cause, this.path);
      }),
    );
    const { files } = await save(join(this.path, STAGING), { fence: this.fence, group });
    await firstDoes(group, () => this.#moveResult(files));
    return files;
  }

  /** Moves the result in that a killed run was moving, or had just moved. */
  async #completeResult(): Promise<void> {
    // written last and removed when all is moved: if it is there, the result is complete
    const marker = await readJsonFile(join(this.path, STAGING, MARKER_FILE)).catch(() => undefined);
    const files = marker?.value['files'];
    if (Array.isArray(files)) await this.#moveResult(files.map(String));
  }

  async #moveResult(files: readonly string[]): Promise<void> {
    const staging = join(this.path, STAGING);
    const last = (file: string): number => (CONFIG_FILES.includes(file) ? 1 : 0);
    try {
      for (const name of files.toSorted((a, b) => last(a) - last(b))) {
        await mkdir(dirname(join(this.path, name)), { recursive: true });
        await fencedRename(this.fence, join(staging, name), join(this.path, name)).catch(
          async (cause: NodeJS.ErrnoException) => {
            if (cause.code !== 'ENOENT' || !(await exists(join(this.path, name)))) throw cause;
            // otherwise moved already
          },
        );
      }
      await fencedRemove(this.fence, join(this.path, LONGER_FILE));
      await fencedRemove(this.fence, staging);
    } catch (cause) {
      throw diskError(cause, this.path);
    }
  }
}
