// One step of the loop: its micro-batches, and the update. All processes of a run make it together,
// and agree in it whether it is the last one.
import type { GlobalBatch } from '@automodel/data';
import type { UpdateResult } from '../step/training-options.js';
import type { TrainingStep } from '../step/training-step.js';
import { diagnoseNonFinite } from './diagnose-non-finite.js';
import type { Stop } from './stop.js';
import type { TrainOptions } from './train-options.js';

/** More than the micro-batches of a step, so that each has its own number in the run. */
const NUMBERS_PER_STEP = 2 ** 20;

/** What a step needs besides its batch. */
export interface StepOptions extends Pick<TrainOptions, 'session' | 'schedule' | 'seed'> {
  /** From 0. */
  readonly step: number;
  readonly stop: Stop;
  /** Waited for before the update: nothing reads the session's memory any more. */
  readonly released: () => Promise<void> | undefined;
}

/**
 * Errors: `not-finite`, naming the first such value and its rows; nothing was written then, but
 * with the optimizer in the backward pass a part of the weights may be.
 */
export async function runStep(
  training: TrainingStep,
  batch: GlobalBatch,
  { session, schedule, seed, step, stop, released }: StepOptions,
): Promise<UpdateResult> {
  const draw = await accumulate(training, batch, { session, seed, step });
  await released();
  const { learningRate, weightDecay } = schedule.at(step);
  const result = await training.update(step + 1, learningRate, weightDecay, stop.wanted);
  if (!result.finite)
    throw await diagnoseNonFinite(
      training,
      { ...result, step, batch, draw },
      session.parallelism.host,
    );
  stop.settle(result.stop);
  return result;
}

/** Adds up the gradients of a step. Returns what dropout has drawn from, by micro-batch. */
export async function accumulate(
  training: TrainingStep,
  batch: GlobalBatch,
  { session, seed = 0, step }: Pick<StepOptions, 'session' | 'seed' | 'step'>,
): Promise<(i: number) => { readonly seed: number; readonly number: number }> {
  const { mesh } = session.parallelism;
  const scale = 1 / batch.trainedTokens;
  // the number that the micro-batch has in one process
  const numberOf = (i: number): number =>
    step * NUMBERS_PER_STEP + i * mesh.data.size + mesh.data.rank;
  const draw = (i: number) => ({ seed, number: numberOf(i) });
  const last = batch.microBatches - 1;
  for (let i = 0; i <= last; i++) {
    const options = { scale, first: i === 0, last: i === last, draw: draw(i) };
    await training.micro(batch.microBatch(i), options);
  }
  return draw;
}
