// Plans the run of a recipe without loading weights: sizes from the recipe and its data, programs
// and memory from the library.
import type { Capacity, LanguageModel, StructureReport } from '@automodel/contracts';
import { planRun, type PlanReport } from '@automodel/train';
import type { PlannedProgram } from '@automodel/session';
import type { ResolvedRecipe } from '@automodel/recipe';
import type { RunContainer } from '../open/run-container.js';
import { PARTS } from '../open/tokens.js';
import { arenaBudgetOf, optimizerOf, stepSchedulerOf } from '../open/training-settings.js';

/** What decides the size of a step's programs. */
export interface PlanSizes {
  readonly capacity: Capacity;
  readonly microBatches: number;
  readonly totalSteps: number;
}

export interface RunPlan extends PlanSizes {
  readonly model: LanguageModel;
  readonly report: PlanReport;
  /** By name: micro, update, evaluate, decode. */
  readonly programs: ReadonlyMap<string, PlannedProgram>;
  /** Of a recorded graph: what fusion recognised in it. */
  readonly structure: StructureReport | undefined;
  /** Lower bound by the device's speed, in seconds. */
  readonly stepSeconds: number;
}

/** Micro-batches of a full step. */
export function microBatchesOf(recipe: ResolvedRecipe, model: LanguageModel): number {
  const { global_batch_size: global, local_batch_size: local } = recipe.step_scheduler;
  return Math.ceil(global / (model.batch.rectangle?.rows ?? local));
}

/** The sizes that the recipe and its data give. Reads the data. */
async function sizesOfRun(parts: RunContainer): Promise<PlanSizes> {
  const { recipe } = parts.get(PARTS.recipe);
  const loader = await parts.get(PARTS.trainingLoader);
  return {
    capacity: loader.capacity,
    microBatches: microBatchesOf(recipe, await parts.get(PARTS.model)),
    totalSteps: stepSchedulerOf(recipe, loader.batchesPerEpoch).totalSteps,
  };
}

/**
 * Plans every program of a run: training, update, validation, and generation where answers are
 * asked for.
 */
export async function planRecipe(
  parts: RunContainer,
  given: PlanSizes | undefined,
): Promise<RunPlan> {
  const { recipe } = parts.get(PARTS.recipe);
  const model = await parts.get(PARTS.model);
  const sizes = given ?? (await sizesOfRun(parts));
  const [precision, own, backend, { folder }] = [
    await parts.get(PARTS.precision),
    await parts.get(PARTS.adapter),
    await parts.get(PARTS.backend),
    await parts.get(PARTS.modelFolder),
  ];
  const { programs, report, structure } = await planRun({
    backend,
    model,
    precision,
    trainable: own === undefined ? () => true : (name) => own.adapter.owns(name),
    interceptors: own === undefined ? [] : [own.adapter.interceptor],
    storedDType: (name) => folder.weights.tensors.get(name)?.dtype ?? 'f32',
    training: {
      optimizer: optimizerOf(recipe),
      maxNorm: recipe.clip_grad_norm.max_norm ?? Infinity,
      loss: parts.get(PARTS.loss),
    },
    capacity: sizes.capacity,
    validation: sizes.capacity,
    ...(recipe.evaluation === null
      ? {}
      : { generationPositions: recipe.evaluation.max_new_tokens }),
    arenaBudgetBytes: arenaBudgetOf(recipe, model, precision, own),
    fuse: parts.get(PARTS.fuse),
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
