// How long the rest of a run takes, from the steps so far. The first step, which warms everything
// up, is not typical where there are others.
import type { StepEvent } from '@automodel/train';

/** Steps that count, the latest ones. */
const RECENT = 50;

export class Pace {
  readonly #seconds: number[] = [];
  #steps = 0;

  /** Seconds left after this step; undefined after the last one. */
  left({
    step,
    totalSteps,
    seconds,
  }: Pick<StepEvent, 'step' | 'totalSteps' | 'seconds'>): number | undefined {
    if (++this.#steps === 2) this.#seconds.length = 0;
    this.#seconds.push(seconds);
    if (this.#seconds.length > RECENT) this.#seconds.shift();
    const mean = this.#seconds.reduce((sum, each) => sum + each, 0) / this.#seconds.length;
    const rest = totalSteps - step - 1;
    return rest > 0 ? mean * rest : undefined;
  }
}
