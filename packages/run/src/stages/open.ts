// Stage: opens the data, cut into batches, the held-out questions, the model in the backend's
// memory, and the settings of training.
import { foreignNote } from '@automodel/checkpoint';
import { sizeOf, type Shape } from '@automodel/core';
import { previewLabels } from '@automodel/data';
import type { ResolvedRecipe } from '@automodel/recipe';
import { parameterRecords, type ModelSession } from '@automodel/session';
import {
  EarlyStopping,
  validationData,
  type EarlyStoppingState,
  type Stop,
  type TrainOptions,
  type ValidationData,
} from '@automodel/train';
import { planToFit } from '../check/check-memory.js';
import type { RunPlan } from '../check/plan-recipe.js';
import { restoreData } from '../checkpoints/restore-data.js';
import { checkStepsLeft, isFinished, type ResumePoint } from '../checkpoints/resume-point.js';
import { checkIdentity, runIdentity } from '../checkpoints/run-identity.js';
import { checkLengths } from '../checkpoints/schedule-length.js';
import { startsByItself, type Start } from '../checkpoints/start.js';
import { engineNotes } from '../open/connect-ranks.js';
import { compareInputs } from './compare-processes.js';
import type { DatasetEvent, ModelEvent, PreviewEvent } from '../events/run-events.js';
import { stopNotes } from '../evaluation/stop-ids.js';
import { leadersFirst } from '../open/leaders-first.js';
import { loaderOf } from '../open/loader-of.js';
import { openEvaluation, type EvaluationSet } from '../open/open-evaluation.js';
import type { OpenedRun } from '../open/opened-run.js';
import { dataFile } from '../open/open-section.js';
import { scheduleOf, trainingOptionsOf, stepSchedulerOf } from '../open/training-settings.js';

/** Rows whose label masks are shown before training; for a mixture, one of each data set. */
const PREVIEWED = 2;
const STARTED_OVER =
  'the folder holds a run that was stopped before its first checkpoint: it is started over';

/** What training works with. */
export interface Opened {
  readonly session: ModelSession;
  /** Undefined: the recipe has no questions. */
  readonly questions: EvaluationSet | undefined;
  /** The options of the loop that the recipe decides. */
  readonly settings: TrainOptions;
  readonly plan: RunPlan;
}

/**
 * Returns undefined where the folder holds the result already, and the run starts by itself or has
 * not come to its end.
 * Errors: those of reading data and opening the model; `out-of-memory` if the plan does not fit,
 * before the weights are loaded; `conflict` for a checkpoint that the recipe
 * cannot resume from.
 */
export async function* open(
  run: OpenedRun,
  start: Start,
  stop: Stop,
): AsyncGenerator<DatasetEvent | PreviewEvent | ModelEvent, Opened | undefined, undefined> {
  run.tell('reading the data');
  yield* openData(run);
  await compareInputs(run);
  if (start.kind === 'resumed') await goToCheckpoint(run, start.point);
  const questions = await leadersFirst(run.host, () => openEvaluation(run, stop.signal));
  await questions?.metrics(); // a module that cannot be loaded ends the run before it begins
  const { plan, notes } = await planToFit(run, questions);
  run.tell(`loading ${run.recipe.quantization === null ? '' : 'and quantising '}the weights`);
  const session = await run.session();
  yield await modelEvent(run, session, [
    ...notes,
    ...(start.kind === 'restarted' ? [STARTED_OVER] : []),
  ]);
  const settings = await settingsOf(run, session, start);
  if (start.kind === 'resumed') {
    const { totalSteps } = settings.scheduler;
    const isToEnd = startsByItself(run.recipe) || start.point.finished?.ending !== undefined;
    if (isToEnd && isFinished(start.point, totalSteps)) return undefined;
    checkStepsLeft(start.point, totalSteps, run.output.path);
  }
  return { session, questions, settings, plan };
}

type DataOfRun = Pick<OpenedRun, 'recipe' | 'trainingData' | 'validationData' | 'trainingLoader'>;

async function* openData(
  run: DataOfRun & Pick<OpenedRun, 'workingDirectory' | 'tokenizer' | 'host'>,
): AsyncGenerator<DatasetEvent | PreviewEvent, void, undefined> {
  const { recipe, workingDirectory } = run;
  const training = await leadersFirst(run.host, run.trainingData);
  // rows that fit into no pack are refused before anything is shown
  await run.trainingLoader();
  yield {
    type: 'dataset',
    name: 'train',
    file: dataFile(recipe.dataset, workingDirectory),
    report: training.report,
  };
  for (const [name, { report }] of await leadersFirst(run.host, run.validationData)) {
    const file = dataFile(recipe.validation_datasets[name]!, workingDirectory);
    yield { type: 'dataset', name, file, report };
  }
  const tokenizer = await run.tokenizer();
  const shown =
    training.members?.flatMap(({ samples }) => samples.slice(0, 1)) ??
    training.samples.slice(0, PREVIEWED);
  const examples = shown.map((sample) => ({
    source: sample.source,
    pieces: previewLabels(tokenizer, sample),
  }));
  yield { type: 'preview', examples };
}

/**
 * Moves the data to where the checkpoint was made. Errors: `conflict` naming what has changed
 * since.
 */
async function goToCheckpoint(
  run: Parameters<typeof runIdentity>[0],
  { path, state }: ResumePoint,
): Promise<void> {
  const identity = await runIdentity(run);
  checkLengths(run.recipe, state.identity, identity, path);
  checkIdentity(state.identity, identity, path);
  restoreData(await run.trainingLoader(), state.data, path);
}

async function modelEvent(
  run: Pick<OpenedRun, 'recipe' | 'host' | 'modelFolder' | 'adapter' | 'tokenizer'>,
  session: ModelSession,
  notes: readonly string[],
): Promise<ModelEvent> {
  const { folder, fromScratch } = await run.modelFolder();
  const own = await run.adapter();
  const { model } = session;
  const { all } = session.parameters;
  const adapter =
    own === undefined
      ? undefined
      : {
          name: own.adapter.name,
          modules: own.adapter.modules.map(({ name }) => name),
          parameters: elementsOf(all.filter(({ name }) => own.adapter.owns(name))),
        };
  return {
    type: 'model',
    modelType: model.modelType,
    path: folder.path,
    fromScratch,
    // a quantised base holds packed words in their place
    parameters: elementsOf(own === undefined ? all : parameterRecords(model)),
    adapter,
    precision: session.precision,
    notes: [
      ...session.notes,
      ...batchNotes(run, session),
      ...engineNotes(run.recipe.dist_env.backend, session.backend, run.host),
      ...stopNotes(folder, await run.tokenizer()),
      ...folder.foreignFiles.map(foreignNote),
      ...notes,
    ],
  };
}

const elementsOf = (parameters: readonly { readonly shape: Shape }[]): number =>
  parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/** Notes on settings that a recorded graph overrides. */
function batchNotes({ recipe }: Pick<OpenedRun, 'recipe'>, { model }: ModelSession): string[] {
  const { local_batch_size: local } = recipe.step_scheduler;
  const { rectangle } = model.batch;
  return rectangle !== undefined && local !== rectangle.rows
    ? [
        `local_batch_size ${local} has no effect: the graph was recorded for ${rectangle.rows} ` +
          'rows, and that many are in a micro-batch; incomplete ones are filled with empty rows.',
      ]
    : [];
}

async function settingsOf(
  run: DataOfRun & Pick<OpenedRun, 'loss' | 'tell'>,
  session: ModelSession,
  start: Start,
): Promise<TrainOptions> {
  const { recipe, loss } = run;
  const data = await run.trainingLoader();
  const scheduler = stepSchedulerOf(recipe, data.batchesPerEpoch);
  const ranks = session.parallelism.mesh.data;
  const validation = new Map<string, ValidationData>();
  for (const [name, dataset] of await run.validationData())
    validation.set(
      name,
      validationData(loaderOf(session.model, dataset, recipe, { shuffle: false, ranks })),
    );
  return {
    session,
    data,
    scheduler,
    seed: recipe.seed,
    schedule: scheduleOf(recipe, scheduler.totalSteps),
    ...trainingOptionsOf(recipe, loss),
    validation,
    onPhase: run.tell,
    earlyStopping: earlyStoppingOf(
      recipe,
      start.kind === 'resumed' ? start.point.state.earlyStopping : undefined,
    ),
  };
}

/** `state`: that of the checkpoint, if it has one. */
function earlyStoppingOf(
  { early_stopping: section, checkpoint }: ResolvedRecipe,
  state: EarlyStoppingState | undefined,
): EarlyStopping | undefined {
  if (section === null) return undefined;
  const { patience, min_delta: minDelta } = section;
  return new EarlyStopping({ patience, minDelta, set: checkpoint.best_metric_key }, state);
}
