// The training loop: global batches through micro and update, validation, checkpoints, metrics and
// events. The loss of a step is the mean over the trained tokens of its global batch, however it is
// cut into micro-batches. It writes only through what its options give it.
import type { TrainEvent } from '../events/train-events.js';
import { PeakMemory } from '../metrics/peak-memory.js';
import type { TrainOptions } from './train-options.js';
import { TrainingRun } from './training-run.js';

/**
 * Trains and yields what happens. Errors: `not-finite` naming the first bad tensor and its rows;
 * `bad-data` for a batch that trains nothing; those of saving.
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainEvent, void, undefined> {
  using memory = new PeakMemory(options.session.backend);
  const run = new TrainingRun(options, memory);
  yield await run.plan();
  try {
    await options.restore?.(run.training);
    await run.stop.agree();
    if (options.due !== undefined) yield* run.validatedLate(options.due);
    for (
      let step = options.firstStep ?? 0;
      step < options.scheduler.totalSteps && !run.stop.requested && !run.endedEarly;
      step++
    )
      yield* run.step(step);
    yield* run.saved();
    yield await run.done();
  } finally {
    await run.settled();
  }
}
