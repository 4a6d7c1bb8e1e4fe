// The range test of a learning rate (Smith, 2017): the rate is raised exponentially from step to
// step, and the loss is smoothed. What it suggests is a tenth of the rate at which the smoothed
// loss was lowest. It changes weights and optimizer states: the caller puts them back.
import type { GlobalBatch } from '@automodel/data';
import { TrainingStep } from '../step/training-step.js';
import { accumulate } from './run-step.js';
import type { TrainOptions } from './train-options.js';

export interface RangeTestOptions {
  readonly minLr: number;
  readonly maxLr: number;
  /** At least 2. */
  readonly steps: number;
  /** The batch of a step; steps count from 0. */
  readonly batchOf: (step: number) => GlobalBatch;
}

/** One step. */
export interface RangeTestPoint {
  readonly learningRate: number;
  /** Before the update with this rate. */
  readonly loss: number;
  /** Mean of this and earlier losses, later ones weighing more. */
  readonly smoothed: number;
}

/** Weight of what came before in the smoothed loss. */
const KEPT = 0.9;
/** The test ends when the smoothed loss is this many times the lowest. */
const EXPLODED = 4;
/** First steps, whose smoothed loss is that of a few batches. */
const UNSURE = 5;
const SAFE_SHARE = 0.1;

/**
 * The steps of the test, until the last one or until the loss explodes: the same in all processes
 * of a run, which agree in each step on whether to stop.
 */
export async function* rangeTest(
  options: Pick<TrainOptions, 'session' | 'optimizer' | 'maxNorm' | 'loss' | 'seed' | 'stop'>,
  { minLr, maxLr, steps, batchOf }: RangeTestOptions,
): AsyncGenerator<RangeTestPoint, void, undefined> {
  const training = new TrainingStep(options.session, options);
  let [mean, lowest] = [0, Infinity];
  for (let step = 0; step < steps && options.stop?.requested !== true; step++) {
    const learningRate = minLr * (maxLr / minLr) ** (step / (steps - 1));
    await accumulate(training, batchOf(step), { ...options, step });
    const update = await training.update(step + 1, learningRate, 0, options.stop?.wanted);
    options.stop?.settle(update.stop);
    if (!update.finite) return;
    const { loss } = update;
    mean = KEPT * mean + (1 - KEPT) * loss;
    const smoothed = mean / (1 - KEPT ** (step + 1));
    yield { learningRate, loss, smoothed };
    if (smoothed > EXPLODED * lowest) return;
    lowest = Math.min(lowest, smoothed);
  }
}

/** A tenth of the rate with the lowest smoothed loss; undefined after too few steps. */
export function suggestedRate(points: readonly RangeTestPoint[]): number | undefined {
  const sure = points.slice(UNSURE);
  if (sure.length === 0) return undefined;
  const best = sure.reduce((a, b) => (b.smoothed < a.smoothed ? b : a));
  return SAFE_SHARE * best.learningRate;
}
