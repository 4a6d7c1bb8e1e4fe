// Whether training goes on after a validation: not once the loss on one set has failed to fall by
// `minDelta` below the lowest so far `patience` times in a row. Its state is plain data, so that a
// resumed run decides as one that was never stopped.
import type { EarlyStoppingEvent } from '../events/train-events.js';

/** When to stop. */
export interface EarlyStoppingOptions {
  /** Validations in a row without an improvement after which training ends. */
  readonly patience: number;
  /** By how much the loss must be below the lowest to be an improvement. */
  readonly minDelta: number;
  /** The validation set that decides. */
  readonly set: string;
}

/** What it has seen. */
export interface EarlyStoppingState {
  /** The lowest loss that was an improvement, and its step. */
  readonly best: { readonly step: number; readonly loss: number } | null;
  /** Validations since then. */
  readonly waited: number;
}

const NOTHING_SEEN: EarlyStoppingState = { best: null, waited: 0 };

export class EarlyStopping {
  readonly options: EarlyStoppingOptions;
  #state: EarlyStoppingState;

  /** `state`: that of the run that is resumed. */
  constructor(options: EarlyStoppingOptions, state: EarlyStoppingState = NOTHING_SEEN) {
    this.options = options;
    this.#state = state;
  }

  get state(): EarlyStoppingState {
    return this.#state;
  }

  /** The event of ending after a step; undefined: training goes on, or this is its last step. */
  endingAfter(
    { step, epoch }: { readonly step: number; readonly epoch: number },
    totalSteps: number,
  ): EarlyStoppingEvent | undefined {
    const { best, waited } = this.#state;
    const stepsLeft = totalSteps - step - 1;
    if (best === null || waited < this.options.patience || stepsLeft <= 0) return undefined;
    return {
      type: 'early-stopping',
      step,
      epoch,
      name: this.options.set,
      waited,
      bestStep: best.step,
      bestLoss: best.loss,
      stepsLeft,
    };
  }

  /** Takes the loss of a validation into account; those of other sets change nothing. */
  observe(set: string, step: number, loss: number): void {
    if (set !== this.options.set) return;
    const { best, waited } = this.#state;
    const isBetter = best === null || loss < best.loss - this.options.minDelta;
    this.#state = isBetter ? { best: { step, loss }, waited: 0 } : { best, waited: waited + 1 };
  }
}
