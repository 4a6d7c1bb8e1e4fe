// Stage: a run that was started again after its end, and starts by itself: it says where its result
// is. An export that the end of the run did not come to is made now.
import { access } from 'node:fs/promises';
import type { DoneEvent } from '@automodel/train';
import type { ExportedEvent, FinishedEvent } from '../events/run-events.js';
import type { FinishedRun } from '../folder/output-folder.js';
import type { OpenedRun } from '../open/opened-run.js';
import { exportResult, isExportMissing } from './export.js';

type Needs = Pick<
  OpenedRun,
  'recipe' | 'plugins' | 'workingDirectory' | 'output' | 'modelFolder' | 'adapter' | 'tell'
>;

/** Errors: those of `exportResult`. */
export async function* finished(
  run: Needs,
  result: FinishedRun | undefined,
): AsyncGenerator<FinishedEvent | ExportedEvent | DoneEvent, void, undefined> {
  const { output, recipe } = run;
  const isAdapter = recipe.peft !== null;
  const report = await access(output.reportPath).then(
    () => output.reportPath,
    () => undefined,
  );
  yield {
    type: 'finished',
    directory: output.path,
    base: isAdapter ? (recipe.model.pretrained_model_name_or_path ?? undefined) : undefined,
    steps: result?.steps,
    metrics: output.metricsPath,
    recipe: output.recipePath,
    report,
  };
  if (await isExportMissing(run, output.path)) {
    const base = isAdapter ? (await run.modelFolder()).folder.path : undefined;
    yield* exportResult(run, { directory: output.path, base });
  }
  yield {
    type: 'done',
    reason: 'finished',
    steps: 0,
    seconds: 0,
    saveWaitSeconds: 0,
    dataWaitSeconds: 0,
    loss: undefined,
  };
}
