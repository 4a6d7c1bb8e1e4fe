// The cost of a run, from its plans alone: where the memory goes, how much arithmetic a step needs
// and how long it should take on a device.
import {
  isGradientState,
  isUnreducedState,
  parameterOfGradient,
  type Device,
} from '@automodel/contracts';
import {
  collectiveTraffic,
  memoryReport,
  planCost,
  type CollectiveTraffic,
  type Plan,
  type PlanBuffer,
} from '@automodel/core';
import { isQuantizedPart, type Precision, type Program } from '@automodel/session';
import { growthBytes } from './process-bytes.js';

/**
 * Bytes by purpose. Programs that never run together share one arena, so only the largest arena
 * counts.
 */
export interface PlannedMemory {
  readonly parameters: number;
  /** The part of `parameters` that is codes and maxima of quantised weights. */
  readonly quantized: number;
  readonly gradients: number;
  readonly optimizer: number;
  /** Caches and sums. */
  readonly otherStates: number;
  /** The part of weights, gradients and optimizer states that only makes pieces equal. */
  readonly padding: number;
  /** Transient memory without all of the following: saved activations and intermediate values. */
  readonly activations: number;
  /** Weights gathered from the pieces of several processes, when transient memory is fullest. */
  readonly gathered: number;
  /** Whole gradients then, and those that are kept until the end of a step. */
  readonly unreduced: number;
  readonly workspace: number;
  readonly constants: number;
  /** Batch data and outputs. */
  readonly batch: number;
  /** Thread scratch and stacks. */
  readonly overhead: number;
  /** Copies of what is trained, from which a checkpoint is written while training goes on. */
  readonly checkpoint: number;
  /** The process without any of this, and what it grows by. */
  readonly baseline: number;
  /**
   * Everything together: a bound for the peak of the process's resident memory. Weights that are
   * mapped from their files count in full, as they do in what the system reports.
   */
  readonly peak: number;
}

/** What one run of a program costs. */
export interface PlannedProgramCost {
  readonly name: string;
  readonly flops: number;
  /** Lower bound for the device. */
  readonly seconds: number;
  /** The part of `seconds` in which it only waits for other processes. */
  readonly exposedSeconds: number;
  /** What it sends to other processes. */
  readonly collectives: readonly CollectiveTraffic[];
  readonly arenaBytes: number;
  readonly steps: number;
  /** Seconds by op, longest first. */
  readonly byOp: readonly {
    readonly op: string;
    readonly seconds: number;
    readonly steps: number;
  }[];
}

/** What the plans of a run predict. */
export interface PlanReport {
  readonly device: string;
  readonly precision: Precision;
  readonly memory: PlannedMemory;
  /** The modules that fill the arena at its fullest step, largest first. */
  readonly arenaByScope: readonly { readonly scope: string; readonly bytes: number }[];
  readonly programs: readonly PlannedProgramCost[];
}

/** What a report needs besides the plans. */
export interface ReportContext {
  readonly device: Device;
  readonly precision: Precision;
  /** Which part of the memory of a parameter is padding: see `paddedShares`. Absent: none. */
  readonly paddedShares?: ReadonlyMap<string, number> | undefined;
  /** What the backend needs beyond arenas, over all programs: constants, thread scratch, stacks. */
  readonly overheadBytes: number;
  /** Bytes of the process now, without weights, states and programs: see `processBytes`. */
  readonly baselineBytes: number;
}

const OPTIMIZER = /^(exp_avg|exp_avg_sq|momentum_buffer)\./;

function groupOf(state: string): string {
  if (isGradientState(state)) return 'gradients';
  if (isUnreducedState(state)) return 'unreduced';
  return OPTIMIZER.test(state) ? 'optimizer' : 'other';
}

/** The report of a run that consists of these plans. */
export function reportPlans(
  plans: readonly Plan[],
  { device, precision, overheadBytes, baselineBytes, paddedShares = new Map() }: ReportContext,
): PlanReport {
  const report = memoryReport(plans, groupOf);
  const states = (group: string): number => report.states.get(group) ?? 0;
  const baseline = baselineBytes + growthBytes(report.parameters);
  const { workspace, gathered, unreduced } = report.arena;
  const memory = {
    parameters: report.parameters,
    quantized: quantizedBytes(plans),
    gradients: states('gradients'),
    optimizer: states('optimizer'),
    otherStates: states('other'),
    padding: paddingBytes(plans, paddedShares),
    activations: report.arena.bytes - workspace - gathered - unreduced,
    gathered,
    unreduced: unreduced + states('unreduced'),
    workspace,
    constants: report.constants,
    batch: report.batch + report.outputs,
    overhead: Math.max(0, overheadBytes - report.constants),
    checkpoint: 0,
    baseline,
    peak: report.total + Math.max(0, overheadBytes - report.constants) + baseline,
  };
  const programs = plans.map((plan): PlannedProgramCost => {
    const { flops, seconds, exposedSeconds, byOp } = planCost(plan, device);
    return {
      name: plan.name,
      flops,
      seconds,
      exposedSeconds,
      collectives: collectiveTraffic(plan),
      arenaBytes: plan.arenaBytes,
      steps: plan.steps.length,
      byOp,
    };
  });
  return { device: device.name, precision, memory, arenaByScope: report.arena.byScope, programs };
}

/** The sum over parameters and states of what `bytesOf` says; what plans share counts once. */
function sumOfBound(plans: readonly Plan[], bytesOf: (buffer: PlanBuffer) => number): number {
  const bound = new Map<string, number>();
  for (const { buffers } of plans)
    for (const buffer of buffers)
      if (buffer.kind === 'parameter' || buffer.kind === 'state')
        bound.set(buffer.name, bytesOf(buffer));
  return [...bound.values()].reduce((a, b) => a + b, 0);
}

const quantizedBytes = (plans: readonly Plan[]): number =>
  sumOfBound(plans, ({ kind, name, bytes }) =>
    kind === 'parameter' && isQuantizedPart(name) ? bytes : 0,
  );

const paddingBytes = (plans: readonly Plan[], shares: ReadonlyMap<string, number>): number =>
  Math.round(sumOfBound(plans, ({ name, bytes }) => bytes * (shares.get(parameterOf(name)) ?? 0)));

/** The parameter that a state of training belongs to, or its own name. */
const parameterOf = (name: string): string =>
  isGradientState(name) ? parameterOfGradient(name) : name.replace(OPTIMIZER, '');

/** The report of compiled programs. */
export const reportPrograms = (
  programs: readonly Program[],
  context: Omit<ReportContext, 'overheadBytes'>,
): PlanReport =>
  reportPlans(
    programs.map((p) => p.plan),
    { ...context, overheadBytes: programs.reduce((sum, p) => sum + p.executable.overheadBytes, 0) },
  );
