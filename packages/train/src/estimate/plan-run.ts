// Plans a run before anything is loaded: its programs, laid out for a backend, and what they take.
import { setImmediate } from 'node:timers/promises';
import type {
  Backend,
  Capacity,
  Device,
  Interceptor,
  LanguageModel,
  Mesh,
  StructureReport,
} from '@automodel/contracts';
import {
  bytesOf,
  collectiveOps,
  isCollective,
  sizeOf,
  type DType,
  type Graph,
  type KernelTable,
  type PassSlots,
  type Plan,
} from '@automodel/core';
import { cacheRows, decodeProgram, nextTokenProgram, prefillTokens } from '@automodel/generate';
import {
  type CompileOptions,
  type HeldParameter,
  computeDType,
  evaluateProgram,
  heldParameter,
  heldTensor,
  parameterRecords,
  type PlannedProgram,
  planProgram,
  type Precision,
  type ProgramSettings,
  trainedParameters,
} from '@automodel/session';
import { MICRO, MICRO_LAST, microProgram } from '../step/micro-program.js';
import { STEP, stepProgram } from '../step/step-program.js';
import { updateProgram, type TrainedParameter } from '../step/update-program.js';
import type { TrainingOptions } from '../step/training-options.js';
import { paddedShares } from './padding.js';
import { reportPlans, type PlanReport } from './plan-report.js';
import { processBytes } from './process-bytes.js';

/** What a run is planned from. */
export interface PlanRunOptions extends CompileOptions {
  readonly backend: Backend;
  readonly model: LanguageModel;
  readonly precision: Precision;
  readonly trainable: (name: string) => boolean;
  /** Dtype a parameter has in the folder. */
  readonly storedDType: (name: string) => DType;
  /** All of them, the one of parallelism first: see `interceptorsOf`. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** The processes of the run; absent: one. */
  readonly mesh?: Mesh | undefined;
  /** Passes of the micro-batch that completes a step, where they differ from `slots`. */
  readonly completingSlots?: PassSlots | undefined;
  /** For estimates of time; absent: the backend's. */
  readonly device?: Device | undefined;
  readonly training: TrainingOptions;
  /** Capacity of a micro-batch. */
  readonly capacity: Capacity;
  /** Capacity of a validation batch; absent: no validation. */
  readonly validation?: Capacity | undefined;
  /** Positions that generation is planned for; absent: none. */
  readonly generationPositions?: number | undefined;
}

/** `structure`: what fusion recognised in a recorded graph. */
export interface PlannedRun {
  readonly programs: ReadonlyMap<string, PlannedProgram>;
  readonly report: PlanReport;
  /** Bytes of what is trained. */
  readonly trainedBytes: number;
  readonly structure: StructureReport | undefined;
}

/**
 * The programs of a run by name (`micro`, `micro last` where a program of its own completes
 * gradients, `update`, or `step` in place of all three, `evaluate`, `prefill`, `decode`) after all
 * passes, and the report. Compiles each once to learn its overhead; loads no weights.
 */
export async function planRun(options: PlanRunOptions): Promise<PlannedRun> {
  const { backend, precision, slots, completingSlots, device = backend.devices()[0]! } = options;
  const { graphs, structure, trainedBytes } = graphsOf(options);
  const kernels: KernelTable = { ...COLLECTIVES, ...backend.kernels };
  const programs = new Map<string, PlannedProgram>();
  for (const [name, graph] of graphs) {
    const completes = name === MICRO_LAST;
    const own = { ...options, slots: completes ? completingSlots : slots };
    programs.set(name, planProgram({ name: backend.name, kernels }, graph, own));
    await setImmediate(); // a stop can be requested between programs
  }
  let overheadBytes = 0;
  for (const { plan } of programs.values()) {
    const executable = await backend.compile(alone(plan));
    overheadBytes += executable.overheadBytes;
    await executable.close();
  }
  return {
    programs,
    structure,
    trainedBytes,
    report: reportPlans(
      [...programs.values()].map((p) => p.plan),
      {
        device,
        precision,
        overheadBytes,
        baselineBytes: processBytes(backend),
        paddedShares: paddedShares(options),
      },
    ),
  };
}

/** Backends need not know collectives before they are connected with those of other processes. */
const COLLECTIVES: KernelTable = Object.fromEntries(
  Object.keys(collectiveOps).map((name) => [name, {}]),
);

/** What a process computes by itself, which compiles without the others. */
function alone(plan: Plan): Plan {
  if (!plan.steps.some(isCollective)) return plan;
  const steps = plan.steps.filter((step) => !isCollective(step));
  return { ...plan, steps: steps.map((step) => ({ ...step, waits: [] })) };
}

function graphsOf(options: PlanRunOptions): {
  readonly graphs: Map<string, Graph>;
  readonly structure: StructureReport | undefined;
  readonly trainedBytes: number;
} {
  const {
    model,
    precision,
    storedDType,
    interceptors = [],
    slots,
    validation,
    generationPositions,
    fuse = true,
  } = options;
  const trained = trainedParameters(options);
  const parameters = parameterRecords(model, interceptors).map((record) =>
    heldParameter(record, storedDType(record.name), { precision, interceptors, trained }),
  );
  const dtypes = new Map(parameters.map(({ record, dtype }) => [record.name, dtype]));
  const settings: ProgramSettings = {
    model,
    compute: computeDType(precision),
    dtypeOf: (name) => dtypes.get(name)!,
    interceptors,
    slots,
    fuse,
  };
  const tensors = parameters.filter((p) => p.trained).map(trainedTensor);
  const { graphs, structure } = stepGraphs(options, settings, tensors, trained);
  if (validation !== undefined) graphs.set('evaluate', evaluateProgram(settings, validation));
  if (generationPositions !== undefined)
    for (const [name, graph] of generationGraphs(settings, generationPositions))
      graphs.set(name, graph);
  const trainedBytes = tensors.reduce(
    (n, { shape, dtype }) => n + sizeOf(shape) * bytesOf(dtype),
    0,
  );
  return { graphs, structure, trainedBytes };
}

/** The programs that a step consists of. */
function stepGraphs(
  { training, capacity, completingSlots, mesh }: PlanRunOptions,
  settings: ProgramSettings,
  parameters: readonly TrainedParameter[],
  trained: (name: string) => boolean,
): Omit<ReturnType<typeof graphsOf>, 'trainedBytes'> {
  const { optimizer, maxNorm, loss, optimizerInBackward = false } = training;
  if (optimizerInBackward) {
    const { graph, structure } = stepProgram(settings, capacity, { parameters, optimizer, loss });
    return { graphs: new Map([[STEP, graph]]), structure };
  }
  const { graph, structure } = microProgram(settings, capacity, trained, loss);
  const graphs = new Map([
    [MICRO, graph],
    ...(completingSlots === undefined
      ? []
      : [[MICRO_LAST, { ...graph, name: MICRO_LAST }] as const]),
    ['update', updateProgram(parameters, optimizer, maxNorm, mesh)],
  ]);
  return { graphs, structure };
}

const trainedTensor = (held: HeldParameter): TrainedParameter => ({
  ...heldTensor(held),
  cutAlong: held.placement.cutAlong,
});

/** The programs that answer questions; a prompt goes through a wider one than later tokens. */
function generationGraphs(settings: ProgramSettings, positions: number): Map<string, Graph> {
  const { decode, maxPositions } = settings.model;
  if (decode === undefined) return new Map([['decode', nextTokenProgram(settings)]]);
  const rows = cacheRows(Math.min(positions, maxPositions), maxPositions);
  return new Map([
    ['prefill', decodeProgram(settings, decode, prefillTokens(rows), rows)],
    ['decode', decodeProgram(settings, decode, 1, rows)],
  ]);
}
