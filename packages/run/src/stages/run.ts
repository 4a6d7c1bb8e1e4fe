// One run of a recipe, from its first look at the folder to the exported result, as the list of its
// stages. Their order matters: errors are found before anything slower or larger is done, and
// nothing but a lock is written into the output folder before everything else is open. A run
// reports everything through events.
import type { Stop } from '@automodel/train';
import type { RunEvent } from '../events/run-events.js';
import type { OpenedRun } from '../open/opened-run.js';
import { evaluate, sampleAnswers } from './evaluate.js';
import { evaluateResult, recorded, type Recording } from './evaluate-result.js';
import { withLearningRate } from '../open/training-settings.js';
import { exportResult } from './export.js';
import { findLearningRate } from './find-learning-rate.js';
import { finished } from './finished.js';
import { open } from './open.js';
import { prepare } from './prepare.js';
import { beginSaving } from './save.js';
import { beginTraining, resumedEvent } from './train.js';

/**
 * `stop` ends the run after the step in progress and saves a checkpoint; a run that is stopped in
 * its last step saves its result, and its next start evaluates and exports it. Errors: those of the
 * stages.
 */
export async function* runStages(
  run: OpenedRun,
  stop: Stop,
): AsyncGenerator<RunEvent, void, undefined> {
  const start = yield* prepare(run, stop);
  if (start.kind === 'finished') return yield* finished(run, start.finished, stop);
  const opened = yield* open(run, start, stop);
  if (opened === undefined) return yield* finished(run, await run.output.finished(), stop);
  const { session, questions, plan } = opened;
  const asking = { session, questions, stop, tell: run.tell };
  await using saving = await beginSaving(run, session, start, plan);
  const adapter = await run.adapter();
  const found =
    start.kind === 'resumed'
      ? start.point.state.foundLearningRate
      : yield* findLearningRate(run, { ...opened.settings, stop });
  saving.useLearningRate(found);
  const settings = withLearningRate(run.recipe, opened.settings, found);
  await using training = await beginTraining({ settings, start, adapter, saving, stop, plan });
  if (start.kind === 'resumed') yield resumedEvent(start.point, settings);
  yield* training.plan();
  const recording = (): Recording => ({ metrics: saving.metrics, at: training.position });
  if (start.kind !== 'resumed') yield* recorded(evaluate(asking, 'before'), recording());
  const done = yield* training.steps((isLast) => sampleAnswers(asking, isLast));
  let isWhole = done.reason === 'finished' && (yield* evaluateResult(run, asking, recording()));
  if (saving.result !== undefined) {
    yield saving.result;
    await session.close();
    isWhole = (yield* exportResult(run, saving.result, stop)) && isWhole;
  }
  yield isWhole ? done : { ...done, reason: 'aborted' };
}
