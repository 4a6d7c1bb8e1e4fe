// A checkpoint that is written while training goes on. Only `update` changes states, so before each
// update the loop waits until the writer no longer reads them, and counts how long it waited.
import type { AutomodelError } from '@automodel/core';
import type { CheckpointFailedEvent, CheckpointSavedEvent } from '../events/train-events.js';

/** A checkpoint on its way to disk. */
export interface PendingCheckpoint {
  /** Settles when the session's memory may change again, even if the checkpoint failed. */
  readonly released: Promise<void>;
  /** Its path, once it is complete. */
  readonly published: Promise<string>;
  /**
   * Settles when its links are made and older checkpoints are removed. A failure leaves the
   * checkpoint as it is.
   */
  readonly tidied?: Promise<void> | undefined;
}

export class BackgroundSave {
  readonly #time: { readonly step: number; readonly epoch: number };
  readonly #pending: PendingCheckpoint;
  readonly #outcome: Promise<void>;
  #event: CheckpointSavedEvent | CheckpointFailedEvent | undefined;
  #waited: number;

  /** `waited`: seconds that training waited while it was started. */
  constructor(
    time: { readonly step: number; readonly epoch: number },
    pending: PendingCheckpoint,
    waited: number,
  ) {
    this.#waited = waited;
    this.#time = time;
    this.#pending = pending;
    const problem = pending.tidied?.then(
      () => undefined,
      (error: Error) => error,
    );
    this.#outcome = pending.published.then(
      async (path) => {
        const failed = await problem;
        this.#event = {
          type: 'checkpoint-saved',
          ...time,
          path,
          waitSeconds: this.#waited,
          ...(failed === undefined ? {} : { problem: failed }),
        };
      },
      (error: AutomodelError) =>
        void (this.#event = { type: 'checkpoint-failed', ...this.#time, error }),
    );
  }

  /** Waits until states may change. */
  async released(): Promise<void> {
    const started = performance.now();
    await this.#pending.released;
    this.#waited += (performance.now() - started) / 1000;
  }

  /** Seconds that training has waited for it so far. */
  get waitSeconds(): number {
    return this.#waited;
  }

  /** Its outcome; undefined while it is being written. */
  get event(): CheckpointSavedEvent | CheckpointFailedEvent | undefined {
    return this.#event;
  }

  /** Waits for its outcome. */
  async finished(): Promise<CheckpointSavedEvent | CheckpointFailedEvent> {
    await this.#outcome;
    return this.#event!;
  }
}
