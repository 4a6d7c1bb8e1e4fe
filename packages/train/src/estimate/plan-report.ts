// The cost of a run, from its plans alone: where the memory goes, how much arithmetic a step needs
// and how long it should take on a device.
import type { Device } from '@automodel/contracts';
import { memoryReport, planCost, type Plan } from '@automodel/core';
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
  /** Transient memory without workspace: saved activations and intermediate values. */
  readonly activations: number;
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
  /** What the backend needs beyond arenas, over all programs: constants, thread scratch, stacks. */
  readonly overheadBytes: number;
  /** Bytes of the process now, without weights, states and programs: see `processBytes`. */
  readonly baselineBytes: number;
}

function groupOf(state: string): string {
  if (state.startsWith('gradient.')) return 'gradients';
  return /^(exp_avg|exp_avg_sq|momentum_buffer)\./.test(state) ? 'optimizer' : 'other';
}

/** The report of a run that consists of these plans. */
export function reportPlans(
  plans: readonly Plan[],
  { device, precision, overheadBytes, baselineBytes }: ReportContext,
): PlanReport {
  const report = memoryReport(plans, groupOf);
  const states = (group: string): number => report.states.get(group) ?? 0;
  const baseline = baselineBytes + growthBytes(report.parameters);
  const memory = {
    parameters: report.parameters,
    quantized: quantizedBytes(plans),
    gradients: states('gradients'),
    optimizer: states('optimizer'),
    otherStates: states('other'),
    activations: report.arena.bytes - report.arena.workspace,
    workspace: report.arena.workspace,
    constants: report.constants,
    batch: report.batch + report.outputs,
    overhead: Math.max(0, overheadBytes - report.constants),
    checkpoint: 0,
    baseline,
    peak: report.total + Math.max(0, overheadBytes - report.constants) + baseline,
  };
  const programs = plans.map((plan): PlannedProgramCost => {
    const { flops, seconds, byOp } = planCost(plan, device);
    return {
      name: plan.name,
      flops,
      seconds,
      arenaBytes: plan.arenaBytes,
      steps: plan.steps.length,
      byOp,
    };
  });
  return { device: device.name, precision, memory, arenaByScope: report.arena.byScope, programs };
}

const quantizedBytes = (plans: readonly Plan[]): number =>
  [
    ...new Map(
      plans.flatMap(({ buffers }) =>
        buffers
          .filter((b) => b.kind === 'parameter' && isQuantizedPart(b.name))
          .map((b) => [b.name, b.bytes]),
      ),
    ).values(),
  ].reduce((a, b) => a + b, 0);

/** The report of compiled programs. */
export const reportPrograms = (
  programs: readonly Program[],
  context: Omit<ReportContext, 'overheadBytes'>,
): PlanReport =>
  reportPlans(
    programs.map((p) => p.plan),
    { ...context, overheadBytes: programs.reduce((sum, p) => sum + p.executable.overheadBytes, 0) },
  );
