// Plans the run of a recipe without loading weights: sizes from the recipe and its data, programs
// and memory from the library.
import type { Capacity, Device, LanguageModel, Mesh, StructureReport } from '@automodel/contracts';
import { AutomodelError, type CollectiveTraffic } from '@automodel/core';
import {
  perStep,
  planRun,
  trafficPerStep,
  type PlannedMemory,
  type PlannedProgramCost,
  type PlanReport,
} from '@automodel/train';
import type { ResolvedRecipe } from '@automodel/recipe';
import type { PlannedProgram } from '@automodel/session';
import { availableMemory } from '../machine/available-memory.js';
import { mayCopy } from '../machine/copied-share.js';
import { seenSeconds } from '../machine/seen-speed.js';
import { loaderOf } from '../open/loader-of.js';
import { openEvaluation, type EvaluationSet } from '../open/open-evaluation.js';
import { memorySettingsOf } from '../open/memory-settings.js';
import type { OpenedRun } from '../open/opened-run.js';
import {
  microBatchesOf,
  stepSchedulerOf,
  trainingOptionsOf,
  trainedOf,
  workOf,
} from '../open/training-settings.js';
import type { ModelOfRun } from './check-model.js';

/** What decides the size of a run's programs. */
export interface PlanSizes {
  readonly capacity: Capacity;
  /** Of a step, on each process. */
  readonly microBatches: number;
  readonly totalSteps: number;
  /** The largest batch of the validation sets; absent: there are none. */
  readonly validation?: Capacity | undefined;
  /** Tokens of the longest question with its answer; absent: nothing is generated. */
  readonly generationPositions?: number | undefined;
  /** Whether training goes on while a checkpoint is written. */
  readonly savesDuringTraining?: boolean | undefined;
}

/** What a run will take. */
export interface RunPlan extends PlanSizes {
  readonly model: LanguageModel;
  readonly report: PlanReport;
  /** Whether checkpoints are written from copies, which the report counts. */
  readonly copiesAtCheckpoint: boolean;
  /** By name: micro, update, evaluate, prefill, decode. */
  readonly programs: ReadonlyMap<string, PlannedProgram>;
  /** What fusion recognised in a recorded graph; undefined for other models. */
  readonly structure: StructureReport | undefined;
  /** What a process sends in a step, by collective. */
  readonly traffic: readonly CollectiveTraffic[];
  /** The processes of the run. */
  readonly mesh: Mesh;
  /** Lower bound from the device's speed, in seconds. */
  readonly stepSeconds: number;
  /** The part of it in which a device only waits for others; undefined where no link is known. */
  readonly exposedSeconds: number | undefined;
  /** About how long a step takes, from the best speed seen here; the bound where none was seen. */
  readonly expectedSeconds: number;
}

/** The parts of a run that planning needs. */
export type PlannedOf = ModelOfRun &
  Pick<
    OpenedRun,
    | 'recipe'
    | 'fuse'
    | 'loss'
    | 'metrics'
    | 'host'
    | 'backend'
    | 'parallelism'
    | 'trainingLoader'
    | 'validationData'
    | 'tokenizer'
    | 'workingDirectory'
  >;

/** The sizes that the recipe, its data and its questions give. Reads the data. */
export async function sizesOfRun(
  run: PlannedOf,
  questions: EvaluationSet | undefined,
): Promise<PlanSizes> {
  const { recipe } = run;
  const loader = await run.trainingLoader();
  const model = await run.model();
  const scheduler = stepSchedulerOf(recipe, loader.batchesPerEpoch);
  return {
    capacity: loader.capacity,
    microBatches: await microBatchesOf(run),
    totalSteps: scheduler.totalSteps,
    validation: await validationCapacity(run, model),
    generationPositions: longestAnswer(questions),
    savesDuringTraining: recipe.checkpoint.enabled && scheduler.savesBeforeLast,
  };
}

/** Sizes that are not given follow from the recipe and from the training rows. */
const programSizes = (
  { validation_datasets: sets, evaluation }: ResolvedRecipe,
  { capacity, validation, generationPositions }: PlanSizes,
): Pick<PlanSizes, 'validation' | 'generationPositions'> => ({
  validation: validation ?? (Object.keys(sets).length > 0 ? capacity : undefined),
  generationPositions:
    generationPositions ??
    (evaluation?.dataset === undefined
      ? undefined
      : Math.ceil((capacity['token'] ?? 0) / (capacity['document'] ?? 1)) +
        evaluation.max_new_tokens),
});

/** `processes` on this machine save as much. */
function copiedBytes(
  { savesDuringTraining = false }: PlanSizes,
  { optimizer, peak }: PlannedMemory,
  trainedBytes: number,
  processes: number,
): number {
  const bytes = trainedBytes + optimizer;
  const free = availableMemory().bytes + processes * (process.memoryUsage.rss() - peak);
  return savesDuringTraining && mayCopy(bytes, free, processes) ? bytes : 0;
}

const withCopies = (report: PlanReport, checkpoint: number): PlanReport => ({
  ...report,
  memory: { ...report.memory, checkpoint, peak: report.memory.peak + checkpoint },
});

/** What every batch of every validation set fits into. */
async function validationCapacity(
  { recipe, validationData, parallelism }: PlannedOf,
  model: LanguageModel,
): Promise<Capacity | undefined> {
  const ranks = (await parallelism()).mesh.data;
  const all = [...(await validationData()).values()].map(
    (dataset) => loaderOf(model, dataset, recipe, { shuffle: false, ranks }).capacity,
  );
  if (all.length === 0) return undefined;
  const columns = new Set(all.flatMap((capacity) => Object.keys(capacity)));
  return Object.fromEntries(
    [...columns].map((column) => [
      column,
      all.reduce((most, capacity) => Math.max(most, capacity[column] ?? 0), 0),
    ]),
  );
}

/** Tokens of the longest held-out row and of the longest answer. */
function longestAnswer(questions: EvaluationSet | undefined): number | undefined {
  if (questions === undefined) return undefined;
  const longest = questions.dataset.samples.lengths.reduce((most, n) => Math.max(most, n), 0);
  return longest + questions.options.maxNewTokens;
}

/**
 * Errors: `bad-recipe` for an optimizer in the backward pass where gradients have to be kept: for
 * other micro-batches of the step, or for other processes.
 */
function checkOneMicroBatch(
  { memory }: ResolvedRecipe,
  { microBatches }: PlanSizes,
  { size }: Mesh,
): void {
  if (!memory.optimizer_in_backward || (microBatches === 1 && size === 1)) return;
  const [text, hint] =
    size > 1
      ? [`one process, and ${size} run`, 'leave it out']
      : [
          `steps of one micro-batch, and this recipe has ${microBatches} in a step`,
          'set step_scheduler.local_batch_size to the global_batch_size, or leave it out',
        ];
  throw new AutomodelError('bad-recipe', `an optimizer in the backward pass is for ${text}`, {
    location: 'memory.optimizer_in_backward',
    hint,
  });
}

/**
 * Plans every program of a run: training, update, validation, and generation if the recipe has an
 * evaluation. `speed`: of the device that times are estimated for, where it is another one.
 */
export async function planRecipe(
  run: PlannedOf,
  given: PlanSizes | undefined,
  speed: Partial<Device> = {},
): Promise<RunPlan> {
  const { recipe, fuse, loss } = run;
  const model = await run.model();
  const sizes = given ?? (await sizesOfRun(run, await openEvaluation(run, undefined)));
  const precision = await run.precision();
  const adapter = await run.adapter();
  const parallelism = await run.parallelism();
  checkOneMicroBatch(recipe, sizes, parallelism.mesh);
  const backend = await run.backend();
  const { folder } = await run.modelFolder();
  const device = { ...backend.devices()[0]!, ...speed };
  const { programs, report, structure, trainedBytes } = await planRun({
    backend,
    model,
    precision,
    ...trainedOf({ adapter, parallelism }),
    slots: parallelism.passes,
    completingSlots: parallelism.completingPasses,
    mesh: parallelism.mesh,
    device,
    storedDType: (name) => folder.storedDType(name),
    training: trainingOptionsOf(recipe, loss),
    capacity: sizes.capacity,
    ...programSizes(recipe, sizes),
    ...memorySettingsOf(recipe, { model, precision, adapter, parallelism, folder }),
    fuse,
  });
  const copies = copiedBytes(sizes, report.memory, trainedBytes, run.host.local.size);
  const ofStep = (valueOf: (program: PlannedProgramCost) => number): number =>
    perStep(report.programs, sizes.microBatches, valueOf);
  const stepSeconds = ofStep(({ seconds }) => seconds);
  const seen = await seenSeconds(workOf(report, recipe, sizes.microBatches));
  return {
    model,
    ...sizes,
    report: withCopies(report, copies),
    copiesAtCheckpoint: copies > 0,
    programs,
    structure,
    traffic: trafficPerStep(report.programs, sizes.microBatches),
    mesh: parallelism.mesh,
    stepSeconds,
    exposedSeconds:
      device.link === undefined ? undefined : ofStep(({ exposedSeconds }) => exposedSeconds),
    expectedSeconds: Math.max(seen ?? 0, stepSeconds),
  };
}
