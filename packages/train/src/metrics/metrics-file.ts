// metrics.jsonl: one line per step and one per validation, with the field names of NeMo Automodel's
// training.jsonl and validation.jsonl (one file here; a line with val_loss is a validation), one
// where training ended early, and what a run adds to them.
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FencedLog, type Fence } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import type { EarlyStoppingEvent, StepEvent, ValidationEvent } from '../events/train-events.js';

/** What has a line. */
type RecordedEvent = StepEvent | ValidationEvent | EarlyStoppingEvent;

/** How metrics.jsonl is opened. */
export interface MetricsFileOptions {
  /** Keeps only so many bytes of what is there: a resumed run writes the rest again. */
  readonly from?: number | undefined;
  /** Whether the folder is still this run's; asked before each line. Absent: it always is. */
  readonly fence?: Fence | undefined;
}

/** metrics.jsonl, open for appending. */
export class MetricsFile implements AsyncDisposable {
  readonly path: string;
  readonly #log: FencedLog;

  private constructor(log: FencedLog) {
    this.path = log.path;
    this.#log = log;
  }

  /** Opens the file to append to it. Creates folders. Errors: `io`; those of the fence. */
  static async open(
    path: string,
    { from, fence = async () => undefined }: MetricsFileOptions = {},
  ): Promise<MetricsFile> {
    try {
      await mkdir(dirname(path), { recursive: true });
      return new MetricsFile(await FencedLog.open(path, fence, from));
    } catch (cause) {
      if (cause instanceof AutomodelError) throw cause;
      throw new AutomodelError('io', 'the metrics cannot be written', { location: path, cause });
    }
  }

  /** Bytes written so far. */
  size(): Promise<number> {
    return this.#log.size();
  }

  /** Errors: those of `append`. */
  write(event: RecordedEvent): Promise<void> {
    return this.append(recordOf(event));
  }

  /** Adds the time. Errors: `io`; those of the fence. */
  async append(record: Readonly<Record<string, number | string>>): Promise<void> {
    const line = JSON.stringify({ ...record, timestamp: new Date().toISOString() });
    await this.#log.append(`${line}\n`).catch((cause: Error) => {
      if (cause instanceof AutomodelError) throw cause;
      throw new AutomodelError('io', `the metrics cannot be written: ${cause.message}`, {
        location: this.path,
        hint: 'free some space, then continue from the last checkpoint with --resume latest',
        cause,
      });
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#log[Symbol.asyncDispose]();
  }
}

/**
 * The event under NeMo's names, and data_wait_ms: how long the step waited for data. `tps_per_gpu`
 * equals `tps` on one device.
 */
export function recordOf(event: RecordedEvent): Record<string, number | string> {
  if (event.type === 'early-stopping')
    return {
      step: event.step,
      epoch: event.epoch,
      early_stopping: event.name,
      best_step: event.bestStep,
      best_val_loss: event.bestLoss,
    };
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
