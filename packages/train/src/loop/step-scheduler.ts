// Decides when a run ends, saves and validates, as NeMo's StepScheduler does. Steps and epochs
// count from 0; the incomplete last group of an epoch is a step too.

/** The names are NeMo's. */
export interface StepSchedulerOptions {
  /** Passes over the data; null: as many as maxSteps needs, or 10. Default 10. */
  readonly numEpochs?: number | null | undefined;
  /** Default null: to the end of the last epoch. */
  readonly maxSteps?: number | null | undefined;
  /** Null: once an epoch. Default 100. */
  readonly ckptEverySteps?: number | null | undefined;
  /** Default true. */
  readonly saveCheckpointEveryEpoch?: boolean | undefined;
  /** Null or 0: only when saving. Default null. */
  readonly valEverySteps?: number | null | undefined;
}

const DEFAULT_EPOCHS = 10;

/** The schedule of one run, in steps. */
export class StepScheduler {
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  readonly #ckptEvery: number;
  readonly #ckptEveryEpoch: boolean;
  readonly #valEvery: number;

  constructor(options: StepSchedulerOptions, stepsPerEpoch: number) {
    const {
      numEpochs = DEFAULT_EPOCHS,
      maxSteps = null,
      ckptEverySteps = 100,
      saveCheckpointEveryEpoch = true,
      valEverySteps = null,
    } = options;
    const epochs =
      numEpochs ?? (maxSteps === null ? DEFAULT_EPOCHS : Math.ceil(maxSteps / stepsPerEpoch));
    this.stepsPerEpoch = stepsPerEpoch;
    this.totalSteps = Math.min(maxSteps ?? Infinity, epochs * stepsPerEpoch);
    this.#ckptEvery = ckptEverySteps ?? stepsPerEpoch;
    this.#ckptEveryEpoch = saveCheckpointEveryEpoch;
    this.#valEvery = valEverySteps ?? 0;
  }

  isLast(step: number): boolean {
    return step + 1 >= this.totalSteps;
  }

  savesAfter(step: number, lastOfEpoch: boolean): boolean {
    return (
      this.isLast(step) ||
      step % this.#ckptEvery === this.#ckptEvery - 1 ||
      (lastOfEpoch && this.#ckptEveryEpoch)
    );
  }

  /** Whether training goes on after any save. */
  get savesBeforeLast(): boolean {
    const every = this.#ckptEveryEpoch
      ? Math.min(this.#ckptEvery, this.stepsPerEpoch)
      : this.#ckptEvery;
    return every < this.totalSteps;
  }

  /** Every step that saves also validates. */
  validatesAfter(step: number, lastOfEpoch: boolean): boolean {
    return (
      this.savesAfter(step, lastOfEpoch) ||
      (this.#valEvery > 0 && step % this.#valEvery === this.#valEvery - 1)
    );
  }
}
