// Where the memory of a run goes: bound buffers by kind, counted once (at their largest) over all
// programs that share a name, and the transient arena at its fullest step by the module that fills
// it.
// Programs that never run together share one arena, so arenas count by their maximum.
import { collectiveOps } from '../ops/collective/collective-ops.js';
import { alignUp } from './pack-arena.js';
import type { Plan, PlanBuffer } from './plan.js';
import { livePeak } from './print-plan.js';

/** Bytes by purpose. */
export interface MemoryReport {
  readonly parameters: number;
  /** Bytes of states by group, as `groupOf` names them. */
  readonly states: ReadonlyMap<string, number>;
  readonly batch: number;
  readonly outputs: number;
  readonly constants: number;
  /** The largest arena of all programs, and the program it belongs to. */
  readonly arena: {
    readonly program: string;
    readonly bytes: number;
    readonly live: number;
    readonly workspace: number;
    /** Weights that were gathered from pieces, and whole gradients that are about to be cut. */
    readonly gathered: number;
    readonly unreduced: number;
    readonly peakStep: number;
    readonly byScope: readonly { readonly scope: string; readonly bytes: number }[];
  };
  /** The sum of all of them. */
  readonly total: number;
}

/** `groupOf` names the group of a state, such as `gradients`; by default all are `states`. */
export function memoryReport(
  plans: readonly Plan[],
  groupOf: (state: string) => string = () => 'states',
): MemoryReport {
  const bound = new Map<string, PlanBuffer>();
  for (const buffer of plans.flatMap((plan) => plan.buffers)) {
    if (buffer.kind === 'transient' || buffer.kind === 'constant') continue;
    const key = `${buffer.kind} ${buffer.name}`;
    if ((bound.get(key)?.bytes ?? -1) < buffer.bytes) bound.set(key, buffer);
  }
  const sum = (...kinds: readonly PlanBuffer['kind'][]): number =>
    [...bound.values()].reduce((total, b) => total + (kinds.includes(b.kind) ? b.bytes : 0), 0);
  const states = new Map<string, number>();
  for (const buffer of bound.values())
    if (buffer.kind === 'state')
      states.set(groupOf(buffer.name), (states.get(groupOf(buffer.name)) ?? 0) + buffer.bytes);
  const constants = plans.reduce(
    (total, plan) =>
      total + plan.buffers.reduce((t, b) => t + (b.kind === 'constant' ? b.bytes : 0), 0),
    0,
  );
  const arena = plans.map(arenaReport).reduce((a, b) => (b.bytes > a.bytes ? b : a), {
    program: '',
    bytes: 0,
    live: 0,
    workspace: 0,
    gathered: 0,
    unreduced: 0,
    peakStep: 0,
    byScope: [],
  });
  const [parameters, batch, outputs] = [sum('parameter'), sum('batch', 'scalar'), sum('output')];
  return {
    parameters,
    states,
    batch,
    outputs,
    constants,
    arena,
    total: parameters + sum('state') + batch + outputs + constants + arena.bytes,
  };
}

/** The bytes alive at the fullest step, by the scope of the step that wrote them first. */
function arenaReport(plan: Plan): MemoryReport['arena'] {
  const writers = new Map<number, string>();
  const workspaces = new Set<number>();
  for (const step of plan.steps) {
    for (const ref of step.outputs)
      if (ref !== null && !writers.has(ref.buffer)) writers.set(ref.buffer, step.scope);
    if (step.workspace !== null) workspaces.add(step.workspace);
  }
  const { step, bytes: live } = livePeak(plan);
  const alive = plan.buffers.filter(
    (b) => b.kind === 'transient' && b.live[0] <= step && step <= b.live[1],
  );
  const scopes = new Map<string, number>();
  for (const buffer of alive) {
    const scope = workspaces.has(buffer.id) ? 'workspace' : (writers.get(buffer.id) ?? '');
    scopes.set(scope, (scopes.get(scope) ?? 0) + alignUp(buffer.bytes));
  }
  const bytesOf = (held: ReadonlySet<number>): number =>
    alive.reduce((sum, { id, bytes }) => sum + (held.has(id) ? alignUp(bytes) : 0), 0);
  const byScope = [...scopes]
    .map(([scope, bytes]) => ({ scope, bytes }))
    .sort((a, b) => b.bytes - a.bytes || (a.scope < b.scope ? -1 : 1));
  return {
    program: plan.name,
    bytes: plan.arenaBytes,
    live,
    workspace: bytesOf(workspaces),
    gathered: bytesOf(buffersOf(plan, collectiveOps.all_gather.name, 'outputs')),
    unreduced: bytesOf(buffersOf(plan, collectiveOps.reduce_scatter.name, 'inputs')),
    peakStep: step,
    byScope,
  };
}

/** The buffers that steps of `op` read or write. */
const buffersOf = ({ steps }: Plan, op: string, side: 'inputs' | 'outputs'): ReadonlySet<number> =>
  new Set(
    steps.flatMap((step) =>
      step.op === op ? step[side].flatMap((ref) => (ref === null ? [] : [ref.buffer])) : [],
    ),
  );
