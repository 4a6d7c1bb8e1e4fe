// Plans a run without loading weights: the programs it will need, laid out for the backend, and what they take.
import type { Backend, CausalLanguageModel } from '@automodel/contracts';
import type { Graph, Plan } from '@automodel/core';
import { evaluateProgram, microProgram, parameterRecords, planProgram, reportPlans, updateProgram, type Capacity, type Optimizer, type PlanReport, type Precision } from '@automodel/train';
import type { RunContainer } from '../wiring/run-container.js';
import { PARTS } from '../wiring/tokens.js';
import { optimizerOf, stepSchedulerOf } from './training-settings.js';

/** A program, before planning and after all passes. */
export interface PlannedRunProgram {
  readonly name: string;
  readonly graph: Graph;
  readonly plan: Plan;
}

export interface RunPlan {
  readonly model: CausalLanguageModel;
  readonly capacity: Capacity;
  readonly report: PlanReport;
  readonly programs: readonly PlannedRunProgram[];
  /** Steps of the run and micro-batches of a full step. */
  readonly totalSteps: number;
  readonly microBatches: number;
  /** Lower bound by the device's speed, in seconds. */
  readonly stepSeconds: number;
}

/** What decides the size of a step's programs. */
export interface PlanSizes {
  readonly capacity: Capacity;
  readonly microBatches: number;
  readonly totalSteps: number;
}

/** The sizes that the recipe and its data give. Reads the data. */
export async function sizesOfRun(parts: RunContainer): Promise<PlanSizes> {
  const { recipe } = parts.get(PARTS.recipe);
  const loader = await parts.get(PARTS.trainingLoader);
  const { global_batch_size: global, local_batch_size: local } = recipe.step_scheduler;
  return { capacity: loader.capacity, microBatches: global / local, totalSteps: stepSchedulerOf(recipe, loader.batchesPerEpoch).totalSteps };
}

function graphsOf(model: CausalLanguageModel, precision: Precision, capacity: Capacity, optimizer: Optimizer, maxNorm: number): Graph[] {
  const dtype = precision === 'bf16_pure' ? 'bf16' : 'f32';
  const settings = { model, compute: precision === 'f32' ? 'f32' : 'bf16', dtypeOf: () => dtype } as const;
  const parameters = parameterRecords(model).map(({ name, shape }) => ({ name, shape, dtype }) as const);
  return [microProgram(settings, capacity, () => true).graph, updateProgram(parameters, optimizer, maxNorm), evaluateProgram(settings, capacity)];
}

async function overheadOf(backend: Backend, plans: readonly Plan[]): Promise<number> {
  let most = 0;
  for (const plan of plans) {
    const executable = backend.compile(plan);
    most = Math.max(most, executable.overheadBytes);
    await executable.close();
  }
  return most;
}

/** Plans the training, update and validation programs of a run. */
export async function planRun(parts: RunContainer, sizes: PlanSizes): Promise<RunPlan> {
  const { recipe } = parts.get(PARTS.recipe);
  const [model, precision, backend] = [await parts.get(PARTS.model), await parts.get(PARTS.precision), await parts.get(PARTS.backend)];
  const { budget_gb: budget } = recipe.memory;
  const graphs = graphsOf(model, precision, sizes.capacity, optimizerOf(recipe.optimizer), recipe.clip_grad_norm.max_norm ?? Infinity);
  const programs = graphs.map((traced) => ({ name: traced.name, ...planProgram(backend, traced, budget === null ? {} : { arenaBudgetBytes: budget * 1e9 }) }));
  const plans = programs.map((program) => program.plan);
  const report = reportPlans(plans, { device: backend.devices()[0]!, precision, overheadBytes: await overheadOf(backend, plans) });
  const seconds = (name: string): number => report.programs.find((program) => program.name === name)?.seconds ?? 0;
  return { model, ...sizes, report, programs, stepSeconds: seconds('micro') * sizes.microBatches + seconds('update') };
}
