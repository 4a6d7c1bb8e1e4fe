// Stage: a run that was started again when its result was in place: it says where that is. What the
// run was ended before, its last evaluation, its export or its report, is made up for now.
import { access } from 'node:fs/promises';
import { MetricsFile, type DoneEvent, type Stop } from '@automodel/train';
import type {
  EvaluationEvent,
  EvaluationProgressEvent,
  ExportedEvent,
  FinishedEvent,
} from '../events/run-events.js';
import type { Ending } from '../folder/ending-file.js';
import type { FinishedRun } from '../folder/output-folder.js';
import { openEvaluation } from '../open/open-evaluation.js';
import type { OpenedRun } from '../open/opened-run.js';
import { evaluateResult } from './evaluate-result.js';
import { exportResult, isExportMissing } from './export.js';

type EndEvent = FinishedEvent | EvaluationProgressEvent | EvaluationEvent | ExportedEvent;

/** Errors: those of evaluating and of `exportResult`. */
export async function* finished(
  run: OpenedRun,
  result: FinishedRun | undefined,
  stop: Stop,
): AsyncGenerator<EndEvent | DoneEvent, void, undefined> {
  const { host, output, recipe } = run;
  const ending = result?.ending;
  // the first one makes up for the report, which names the backend: all open it together
  if (ending !== undefined) await run.backend();
  yield await finishedEvent(run, result);
  let isWhole = ending === undefined || (yield* evaluatedLate(run, ending, stop));
  if (host.rank === 0 && (await isExportMissing(run, output.path))) {
    const base = recipe.peft === null ? undefined : (await run.modelFolder()).folder.path;
    isWhole = (yield* exportResult(run, { directory: output.path, base }, stop)) && isWhole;
  }
  yield {
    type: 'done',
    reason: isWhole ? 'finished' : 'aborted',
    steps: 0,
    seconds: 0,
    saveWaitSeconds: 0,
    dataWaitSeconds: 0,
    loss: undefined,
  };
}

async function finishedEvent(
  { output, recipe }: Pick<OpenedRun, 'output' | 'recipe'>,
  result: FinishedRun | undefined,
): Promise<FinishedEvent> {
  const base = recipe.peft === null ? null : recipe.model.pretrained_model_name_or_path;
  const report = await access(output.reportPath).then(
    () => output.reportPath,
    () => undefined,
  );
  return {
    type: 'finished',
    directory: output.path,
    base: base ?? undefined,
    steps: result?.steps,
    metrics: output.metricsPath,
    recipe: output.recipePath,
    report,
    ending: result?.ending,
  };
}

/** The evaluation that is missing. Returns whether none is, or it is made. */
async function* evaluatedLate(
  run: OpenedRun,
  { step, epoch, metricsBytes, evaluated }: Ending,
  stop: Stop,
): AsyncGenerator<EvaluationProgressEvent | EvaluationEvent, boolean, undefined> {
  if (evaluated) return true;
  const { output, tell } = run;
  const questions = await openEvaluation(run, stop.signal);
  if (questions?.after_training !== true) return true;
  await questions.metrics(); // a module that cannot be loaded ends the run before it reads more
  tell('loading the weights');
  const session = await run.session();
  const { host } = run;
  await host.barrier(); // nothing is written before every process has looked at the folder
  // a line that was written without its answers is written again
  await using metrics =
    host.rank === 0
      ? await MetricsFile.open(output.metricsPath, { from: metricsBytes, fence: output.fence })
      : undefined;
  const recording = { metrics, at: { step, epoch } };
  const isMade = yield* evaluateResult(run, { session, questions, stop, tell }, recording);
  await session.close();
  return isMade;
}
