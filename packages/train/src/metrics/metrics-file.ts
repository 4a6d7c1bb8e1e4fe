// metrics.jsonl: one line per step and one per validation, with the field names of NeMo Automodel's
// training.jsonl and validation.jsonl (one file here; a line with val_loss is a validation).
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AutomodelError } from '@automodel/core';
import type { StepEvent, ValidationEvent } from '../events/train-events.js';

/** metrics.jsonl, open for appending. */
export class MetricsFile implements AsyncDisposable {
  readonly path: string;
  readonly #file: FileHandle;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /**
   * Opens the file to append to it. `from`: cuts it to this many bytes first, because a resumed run
   * writes the rest again. Creates folders. Errors: `io`.
   */
  static async open(path: string, from?: number): Promise<MetricsFile> {
    try {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(path, 'a');
      if (from !== undefined && (await file.stat()).size > from) await file.truncate(from);
      return new MetricsFile(path, file);
    } catch (cause) {
      throw new AutomodelError('io', 'the metrics cannot be written', { location: path, cause });
    }
  }

  /** Bytes written so far. */
  async size(): Promise<number> {
    return (await this.#file.stat()).size;
  }

  /** Errors: `io`. */
  async write(event: StepEvent | ValidationEvent): Promise<void> {
    const line = JSON.stringify({ ...recordOf(event), timestamp: new Date().toISOString() });
    await this.#file.appendFile(`${line}\n`).catch((cause: Error) => {
      throw new AutomodelError('io', `the metrics cannot be written: ${cause.message}`, {
        location: this.path,
        hint: 'make room, then go on from the last checkpoint with --resume latest',
        cause,
      });
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#file.close();
  }
}

/**
 * The event under NeMo's names, and data_wait_ms: how long the step waited for data. `tps_per_gpu`
 * equals `tps` on one device.
 */
export function recordOf(event: StepEvent | ValidationEvent): Record<string, number | string> {
  const { step, epoch, learningRate: lr, memoryGib: mem, trainedTokens: num_label_tokens } = event;
  if (event.type === 'validation')
    return { step, epoch, val_name: event.name, val_loss: event.loss, lr, num_label_tokens, mem };
  const {
    loss,
    gradientNorm: grad_norm,
    tokensPerSecond: tps,
    tokens: num_tokens_per_step,
  } = event;
  const data_wait_ms = Math.round(1e5 * event.dataWaitSeconds) / 100;
  return {
    step,
    epoch,
    loss,
    grad_norm,
    lr,
    mem,
    tps,
    tps_per_gpu: tps,
    num_tokens_per_step,
    num_label_tokens,
    data_wait_ms,
  };
}
