// The verifier would fail: every kind of damage to a correct plan is refused, and so is any single
// change from a list of systematic ones.
import { describe, expect, it } from 'vitest';
import {
  add,
  compileGraph,
  builtinOps,
  neg,
  overwritesOf,
  planGraph,
  trace,
  verifyPlan,
  type Graph,
  type KernelTable,
  type OpDefinition,
  type Plan,
  type PlanBuffer,
  type PlanStep,
} from '../../src/index.js';
import { tinyTraining } from '../passes/tiny-model.js';
import { kernelsFor } from './kernels.js';

const everyKernel: KernelTable = Object.fromEntries(
  Object.keys(builtinOps).map((name) => [
    name,
    { acceptsView: () => true, workspaceBytes: () => (name === 'matmul' ? 192 : 0) },
  ]),
);
const step = compileGraph(tinyTraining(), { backend: 'test', kernels: everyKernel });
const allowed = overwritesOf(step.graph);

const withStep = (plan: Plan, index: number, change: Partial<PlanStep>): Plan => ({
  ...plan,
  steps: plan.steps.with(index, { ...plan.steps[index]!, ...change }),
});
const withBuffer = (plan: Plan, id: number, change: Partial<PlanBuffer>): Plan => ({
  ...plan,
  buffers: plan.buffers.with(id, { ...plan.buffers[id]!, ...change }),
});
const always = { live: [0, Infinity] } as const;
const refused = (plan: Plan, message: RegExp | string): void =>
  expect(() => verifyPlan(plan, allowed)).toThrow(message);

describe('a training step', () => {
  it('passes', () => verifyPlan(step.plan, allowed));

  it('is refused when two dependent steps change places', () => {
    const { plan } = step;
    const dependent = plan.steps.flatMap((s, i) =>
      i > 0 &&
      s.inputs.some(
        (r) => r !== null && plan.steps[i - 1]!.outputs.some((o) => o?.value === r.value),
      )
        ? [i]
        : [],
    );
    expect(dependent.length).toBeGreaterThan(20);
    for (const i of dependent) {
      const swapped = {
        ...plan,
        buffers: plan.buffers.map((b) => ({ ...b, ...always })),
        steps: plan.steps.with(i - 1, plan.steps[i]!).with(i, plan.steps[i - 1]!),
      };
      refused(swapped, /nothing has written|hold value/);
    }
  });

  it('is refused when any transient buffer moves onto another that is alive', () => {
    const { plan } = step;
    const transient = plan.buffers.filter((b) => b.kind === 'transient' && b.bytes > 0);
    const workspaces = new Set(plan.steps.map((s) => s.workspace));
    let moved = 0;
    for (const buffer of transient) {
      const other = transient.find(
        (o) =>
          o.id !== buffer.id &&
          !workspaces.has(buffer.id) &&
          !workspaces.has(o.id) &&
          o.live[0] < buffer.live[0] &&
          o.live[1] > buffer.live[0] &&
          o.offset !== buffer.offset,
      );
      if (other === undefined) continue;
      moved++;
      refused(
        withBuffer({ ...plan, arenaBytes: plan.arenaBytes * 2 }, buffer.id, {
          offset: other.offset,
        }),
        /hold value|does not allow|share bytes|without lying/,
      );
    }
    expect(moved).toBeGreaterThan(20);
  });

  it('is refused when any buffer is smaller than its views', () => {
    step.plan.buffers
      .filter((b) => b.bytes > 0 && b.kind !== 'constant')
      .forEach((b) => {
        const workspace = step.plan.steps.some((s) => s.workspace === b.id);
        if (!workspace)
          refused(withBuffer(step.plan, b.id, { bytes: b.bytes - 1 }), /reaches bytes/);
      });
  });

  it('is refused when a step is missing', () => {
    step.plan.steps.forEach((_, i) =>
      refused(
        {
          ...step.plan,
          buffers: step.plan.buffers.map((b) => ({ ...b, ...always })),
          steps: step.plan.steps.toSpliced(i, 1),
        },
        /nothing has written|hold value|never written|instead of/,
      ),
    );
  });

  it('is refused when an op loses its permission to overwrite', () => {
    for (const op of [
      'add',
      'matmul_accumulate',
      'gradient_accumulate_many',
      'gated_activation_backward',
    ])
      expect(() => verifyPlan(step.plan, new Map([...allowed, [op, []]])), op).toThrow(
        /does not allow/,
      );
  });

  it('is refused when a step writes read-only memory', () => {
    const batch = step.plan.buffers.find((b) => b.name === 'ids')!;
    refused(
      withBuffer(step.plan, step.plan.buffers.find((b) => b.name === 'gradient.norm.weight')!.id, {
        kind: 'batch',
      }),
      /writes into batch/,
    );
    refused(
      withStep(step.plan, 0, {
        outputs: [
          { value: 999, buffer: batch.id, offset: 0, dtype: 'i32', shape: [6], strides: [1] },
        ],
      }),
      /overwrites operand|writes into batch/,
    );
  });

  it(
    'is refused when a workspace overlaps an operand, a buffer is misaligned or outside the ' +
      'arena, or lives too short',
    () => {
      const index = step.plan.steps.findIndex((s) => s.workspace !== null);
      const { workspace, inputs } = step.plan.steps[index]!;
      const operand = step.plan.buffers[inputs[0]!.buffer]!;
      refused(
        withBuffer(step.plan, workspace!, { offset: operand.offset }),
        /workspace shares bytes/,
      );
      const first = step.plan.buffers.find((b) => b.kind === 'transient')!;
      refused(
        withBuffer(step.plan, first.id, { offset: first.offset + 4 }),
        /does not fit an arena/,
      );
      refused({ ...step.plan, arenaBytes: step.plan.arenaBytes - 64 }, /does not fit an arena/);
      refused(
        withBuffer(step.plan, first.id, { live: [first.live[0], first.live[1] - 1] }),
        /lives from step/,
      );
    },
  );

  it('is refused when an output or state is written in part', () => {
    const index = step.plan.steps.findIndex((s) => s.op === 'gradient_accumulate_many');
    const ref = step.plan.steps[index]!.outputs[0]!;
    refused(
      withStep(step.plan, index, { outputs: [{ ...ref, shape: [4], strides: [1] }] }),
      /without lying exactly|instead of/,
    );
  });
});

const sumBeside = { ...builtinOps.sum, stream: 'comm' } as OpDefinition;

/** a = x + x; b = reduce(a) on another stream; c = -a while b runs; d = b + c. */
function overlapped(): Graph {
  return trace('overlapped', (t) => {
    const x = t.input('batch', 'x', [4, 8], 'f32');
    const a = add(x, x);
    const b = t.apply(sumBeside, [a], { dims: [0], keepdim: true, dtype: null })[0];
    const c = neg(neg(a));
    t.output('d', add(c, b));
  });
}

describe('streams', () => {
  const graph = overlapped();
  const plan = planGraph(graph, { backend: 'test', kernels: kernelsFor(graph) });
  const allow = overwritesOf(graph);

  it('wait for what they read and for bytes they reuse', () => {
    verifyPlan(plan, allow);
    expect(plan.steps.map((s) => [s.op, s.stream, s.waits])).toEqual([
      ['add', 'compute', []],
      ['sum', 'comm', [0]],
      ['neg', 'compute', []],
      ['neg', 'compute', []],
      ['add', 'compute', [1]],
    ]);
  });

  it('keep an asynchronous operand alive until the wait', () => {
    const read = plan.steps[1]!.inputs[0]!.buffer;
    expect(plan.buffers[read]!.live).toEqual([0, 3]);
    expect(plan.steps[2]!.outputs[0]!.buffer).not.toBe(read);
  });

  it('keep the workspace of an asynchronous step until the wait', () => {
    const kernels = kernelsFor(graph, { workspaceBytes: () => 64 });
    const { steps, buffers } = planGraph(graph, { backend: 'test', kernels });
    expect(steps.map(({ workspace }) => buffers[workspace!]!.live)).toEqual([
      [0, 0],
      [1, 3],
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
  });

  it('are refused without a wait, or with one that points forward', () => {
    expect(() => verifyPlan(withStep(plan, 1, { waits: [] }), allow)).toThrow(/does not wait for/);
    expect(() => verifyPlan(withStep(plan, 4, { waits: [] }), allow)).toThrow(/does not wait for/);
    expect(() => verifyPlan(withStep(plan, 1, { waits: [3] }), allow)).toThrow(/not before it/);
  });

  it('are refused when an asynchronous operand is overwritten too early', () => {
    const a = plan.steps[1]!.inputs[0]!;
    const early = withStep(
      withStep(plan, 2, { outputs: [{ ...plan.steps[2]!.outputs[0]!, buffer: a.buffer }] }),
      3,
      { inputs: [{ ...plan.steps[3]!.inputs[0]!, buffer: a.buffer }] },
    );
    expect(() => verifyPlan(early, allow)).toThrow(/may still use/);
  });
});
