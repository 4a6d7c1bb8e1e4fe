// A checkpoint that is written while training goes on. States change in `update` only, so the loop
// asks before each one whether the writer still reads them, and counts how long it waited.
import type { AutomodelError } from '@automodel/core';
import type { CheckpointFailedEvent, CheckpointSavedEvent } from '../events/train-events.js';

/** A checkpoint on its way to disk. */
export interface PendingCheckpoint {
  /** Settles when the session's memory may change again, whatever became of the checkpoint. */
  readonly released: Promise<void>;
  /** Where it is, once it is whole. */
  readonly published: Promise<string>;
  /**
   * Settles when what follows from it is done: links, older ones removed. A failure leaves the
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

  /** `waited`: seconds that training stood still to start it. */
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

  /** How long training stood still for it so far. */
  get waitSeconds(): number {
    return this.#waited;
  }

  /** What became of it; undefined while it is being written. */
  get event(): CheckpointSavedEvent | CheckpointFailedEvent | undefined {
    return this.#event;
  }

  /** Waits for the end. */
  async finished(): Promise<CheckpointSavedEvent | CheckpointFailedEvent> {
    await this.#outcome;
    return this.#event!;
  }
}
