// Passes the events of a run on, and keeps how fast its steps were for the plans of later runs.
import type { RunEvent } from '../events/run-events.js';
import { rememberSpeed, type KindOfWork } from '../machine/seen-speed.js';
import type { OpenedRun } from '../open/opened-run.js';
import { microBatchesOf, workOf } from '../open/training-settings.js';

/** More steps than this say nothing new. */
const MAX_STEPS = 1000;

/** Errors: those of `events`. */
export async function* watchedSpeed(
  run: Pick<OpenedRun, 'recipe' | 'model' | 'parallelism'>,
  events: AsyncIterable<RunEvent>,
): AsyncGenerator<RunEvent, void, undefined> {
  let kind: KindOfWork | undefined;
  const seconds: number[] = [];
  for await (const event of events) {
    if (event.type === 'plan') kind = workOf(event.report, run.recipe, await microBatchesOf(run));
    if (event.type === 'step' && seconds.length < MAX_STEPS) seconds.push(event.seconds);
    if (event.type === 'done' && kind !== undefined) await rememberSpeed(kind, seconds);
    yield event;
  }
}
