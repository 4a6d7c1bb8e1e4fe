// Plans the run of a recipe without loading weights: sizes from the recipe and its data, programs
// and memory from the library.
import type { Capacity, LanguageModel, StructureReport } from '@automodel/contracts';
import { planRun, type PlanReport } from '@automodel/train';
import type { PlannedProgram } from '@automodel/session';
import type { OpenedRun } from '../open/opened-run.js';
import {
  arenaBudgetOf,
  microBatchesOf,
  optimizerOf,
  stepSchedulerOf,
  trainedOf,
} from '../open/training-settings.js';
import type { ModelOfRun } from './check-model.js';

/** What decides the size of a step's programs. */
export interface PlanSizes {
  readonly capacity: Capacity;
  readonly microBatches: number;
  readonly totalSteps: number;
}

/** What a run will take. */
export interface RunPlan extends PlanSizes {
  readonly model: LanguageModel;
  readonly report: PlanReport;
  /** By name: micro, update, evaluate, decode. */
  readonly programs: ReadonlyMap<string, PlannedProgram>;
  /** What fusion recognised in a recorded graph; undefined for other models. */
  readonly structure: StructureReport | undefined;
  /** Lower bound from the device's speed, in seconds. */
  readonly stepSeconds: number;
}

/** The parts of a run that planning needs. */
export type PlannedOf = ModelOfRun &
  Pick<OpenedRun, 'recipe' | 'fuse' | 'loss' | 'backend' | 'parallelism' | 'trainingLoader'>;

/** The sizes that the recipe and its data give. Reads the data. */
async function sizesOfRun({ recipe, model, trainingLoader }: PlannedOf): Promise<PlanSizes> {
  const loader = await trainingLoader();
  return {
    capacity: loader.capacity,
    microBatches: microBatchesOf(recipe, await model()),
    totalSteps: stepSchedulerOf(recipe, loader.batchesPerEpoch).totalSteps,
  };
}

/**
 * Plans every program of a run: training, update, validation, and generation if the recipe has an
 * evaluation.
 */
export async function planRecipe(run: PlannedOf, given: PlanSizes | undefined): Promise<RunPlan> {
  const { recipe, fuse, loss } = run;
  const model = await run.model();
  const sizes = given ?? (await sizesOfRun(run));
  const precision = await run.precision();
  const adapter = await run.adapter();
  const parallelism = await run.parallelism();
  const backend = await run.backend();
  const { folder } = await run.modelFolder();
  const { programs, report, structure } = await planRun({
    backend,
    model,
    precision,
    ...trainedOf({ adapter, parallelism }),
    slots: parallelism.passes,
    storedDType: (name) => folder.weights.tensors.get(name)?.dtype ?? 'f32',
    training: {
      optimizer: optimizerOf(recipe),
      maxNorm: recipe.clip_grad_norm.max_norm ?? Infinity,
      loss,
    },
    capacity: sizes.capacity,
    validation: sizes.capacity,
    ...(recipe.evaluation === null
      ? {}
      : { generationPositions: recipe.evaluation.max_new_tokens }),
    arenaBudgetBytes: arenaBudgetOf(recipe, { model, precision, adapter, parallelism }),
    fuse,
  });
  const seconds = (name: string): number =>
    report.programs.find((program) => program.name === name)?.seconds ?? 0;
  return {
    model,
    ...sizes,
    report,
    programs,
    structure,
    stepSeconds: seconds('micro') * sizes.microBatches + seconds('update'),
  };
}
