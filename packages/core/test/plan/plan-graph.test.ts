// What the planner decides, seen in printed plans of small programs: views or copies, in-place
// results, states, outputs, dead results, workspace; exact peaks; and its errors.
import { describe, expect, it } from 'vitest';
import {
  add,
  cat,
  exp,
  full,
  mul,
  neg,
  permute,
  planGraph,
  printPlan,
  reshape,
  rmsNorm,
  slice,
  sum,
  trace,
  writeRows,
  type Plan,
  type Trace,
} from '../../src/index.js';
import { sgdUpdateLike } from './update-op.js';
import { planOf } from './plan-of.js';

const steps = (plan: Plan): string[] =>
  printPlan(plan)
    .split('\n')
    .filter((line) => /^ {2}\d+:/.test(line))
    .map((line) => line.trim());

describe('planGraph', () => {
  it('prints a plan that can be followed', () => {
    const { plan } = planOf((t) => {
      const x = t.input('batch', 'x', [4, 8], 'f32');
      const w = t.input('parameter', 'w', [8], 'f32');
      const y = t.within('norm', () => rmsNorm(x, w, 1e-5));
      t.output('total', sum(mul(permute(y, [1, 0]), 2), [0]));
    });
    expect(printPlan(plan)).toMatchInlineSnapshot(`
      "plan program for test: arena 256 bytes (peak 256), 192 flops, 964 bytes moved
        @0 batch x 128 bytes
        @1 parameter w 32 bytes
        @2 output total 16 bytes <- %7
        @3 transient 128 bytes at 0 live 0..1
        @4 transient 16 bytes at 128 live 0..0
        @5 transient 128 bytes at 128 live 1..3
        @6 constant 4 bytes
        0: %2@3: f32[4,8], %3@4: f32[4] = rms_norm(%0@0: f32[4,8], %1@1: f32[8]) {eps: 0.00001, weight_offset: 0}  # norm
        1: %8@5: f32[8,4] = copy(%2@3: f32[8,4] (1,8))
        2: %6@5: f32[8,4] = mul(%8@5: f32[8,4], %5@6: f32[])
        3: %7@2: f32[4] = sum(%6@5: f32[8,4]) {dims: [0], keepdim: false}"
    `);
  });

  it('gives views to kernels that take them', () => {
    const body = (t: Trace): void =>
      t.output(
        'y',
        add(
          permute(t.input('batch', 'a', [3, 2], 'f32'), [1, 0]),
          slice(t.input('batch', 'b', [2, 5], 'f32'), [0, 1], [2, 4]),
        ),
      );
    expect(steps(planOf(body).plan)).toMatchInlineSnapshot(`
      [
        "0: %5@2: f32[2,3] = copy(%0@0: f32[2,3] (1,2))",
        "1: %6@3: f32[2,3] = copy(%2@1+4: f32[2,3] (5,1))",
        "2: %4@2: f32[2,3] = add(%5@2: f32[2,3], %6@3: f32[2,3])",
      ]
    `);
    expect(steps(planOf(body, { acceptsView: (index) => index === 1 }).plan))
      .toMatchInlineSnapshot(`
      [
        "0: %5@2: f32[2,3] = copy(%0@0: f32[2,3] (1,2))",
        "1: %4@2: f32[2,3] = add(%5@2: f32[2,3], %2@1+4: f32[2,3] (5,1))",
      ]
    `);
  });

  it('copies a view once a phase', () => {
    const { plan } = planOf((t) => {
      const a = permute(t.input('batch', 'a', [3, 2], 'f32'), [1, 0]);
      t.output('y', add(exp(a), neg(a)));
      t.at('', 'backward', () => t.output('z', neg(a)));
    });
    expect(plan.steps.map((s) => s.op)).toEqual(['copy', 'exp', 'neg', 'add', 'copy', 'neg']);
  });

  it('chains elementwise ops in one place, the output', () => {
    const { plan } = planOf((t) =>
      t.output('y', exp(neg(exp(t.input('batch', 'a', [16], 'f32'))))),
    );
    expect(plan.arenaBytes).toBe(0);
    expect(new Set(plan.steps.map((s) => s.outputs[0]!.buffer)).size).toBe(1);
  });

  it('writes pieces of a concatenation into place', () => {
    const { plan } = planOf((t) =>
      t.output(
        'y',
        cat([exp(t.input('batch', 'a', [2, 3], 'f32')), t.input('batch', 'b', [2, 1], 'f32')], 1),
      ),
    );
    expect(steps(plan)).toMatchInlineSnapshot(`
      [
        "0: %1@3: f32[2,3] = exp(%0@0: f32[2,3])",
        "1: %3@2: f32[2,3] (4,1) = copy(%1@3: f32[2,3])",
        "2: %3@2+12: f32[2,1] (4,1) = copy(%2@1: f32[2,1])",
      ]
    `);
  });

  it('keeps one element of a filled tensor', () => {
    const { plan } = planOf(
      (t) => t.output('y', mul(t.input('batch', 'a', [64, 64], 'f32'), full([64, 64], 3, 'f32'))),
      { acceptsView: () => true },
    );
    expect(plan.buffers.filter((b) => b.kind === 'constant').map((b) => b.bytes)).toEqual([4]);
    expect(plan.steps).toHaveLength(1);
  });

  it('updates states where they lie', () => {
    const { plan } = planOf((t) => {
      const [w, m, g] = [
        t.input('parameter', 'w', [8], 'f32'),
        t.input('state', 'm', [8], 'f32'),
        t.input('state', 'g', [8], 'f32'),
      ];
      const [next, moment] = sgdUpdateLike(w, add(m, g));
      t.assign(w, next!);
      t.assign(m, moment!);
    });
    expect(plan.arenaBytes).toBe(0);
    expect(steps(plan)).toMatchInlineSnapshot(`
      [
        "0: %3@1: f32[8] = add(%1@1: f32[8], %2@2: f32[8])",
        "1: %4@0: f32[8], %5@1: f32[8] = test_update(%0@0: f32[8], %3@1: f32[8])",
      ]
    `);
  });

  it('appends to caches in place', () => {
    const { plan } = planOf((t) => {
      const cache = t.input('state', 'cache', [16, 2], 'f32');
      const next = writeRows(
        cache,
        t.input('batch', 'rows', [1, 2], 'f32'),
        t.input('batch', 'positions', [1], 'i32'),
      );
      t.assign(cache, next);
      t.output('sum', sum(next, [0]));
    });
    expect(plan.steps.map((s) => s.op)).toEqual(['write_rows', 'sum']);
    expect(plan.arenaBytes).toBe(0);
  });

  it('copies where the old contents are still read, and exchanges states safely', () => {
    const { plan } = planOf((t) => {
      const [a, b] = [t.input('state', 'a', [4], 'f32'), t.input('state', 'b', [4], 'f32')];
      const next = neg(a);
      t.output('old', exp(mul(a, next)));
      t.assign(a, next);
      t.assign(b, a);
    });
    expect(steps(plan)).toMatchInlineSnapshot(`
      [
        "0: %2@3: f32[4] = neg(%0@0: f32[4])",
        "1: %3@2: f32[4] = mul(%0@0: f32[4], %2@3: f32[4])",
        "2: %4@2: f32[4] = exp(%3@2: f32[4])",
        "3: %5@4: f32[4] = copy(%0@0: f32[4])",
        "4: %6@0: f32[4] = copy(%2@3: f32[4])",
        "5: %7@1: f32[4] = copy(%5@4: f32[4])",
      ]
    `);
  });

  it('leaves out results that nobody reads, if the kernel can, and inputs nobody needs', () => {
    const body = (t: Trace): void => {
      t.input('batch', 'unused', [4], 'f32');
      t.output('y', rmsNorm(t.input('batch', 'x', [2, 4], 'f32'), undefined, 1e-5));
    };
    const { plan } = planOf(body, { optionalOutputs: [1] });
    expect(plan.steps[0]!.outputs.map((r) => r === null)).toEqual([false, true]);
    expect(plan.buffers.map((b) => b.name)).toEqual(['x', 'y']);
    expect(planOf(body).plan.steps[0]!.outputs.map((r) => r === null)).toEqual([false, false]);
  });

  it('gives an output no memory besides the state whose name and value it has', () => {
    const total = (t: Trace) => t.input('state', 'total', [4], 'f32');
    const { plan } = planOf((t) => {
      const next = neg(total(t));
      t.assign(total(t), next);
      t.output('total', next);
    });
    expect(plan.buffers.map((b) => [b.kind, b.name])).toEqual([['state', 'total']]);
    expect(() => planOf((t) => t.output('total', neg(total(t))))).toThrow(
      'output total has the name of a state that ends with another value',
    );
  });

  it('has an exact peak, workspace included', () => {
    const body = (t: Trace): void => {
      let x = t.input('batch', 'x', [64], 'f32');
      const saved = Array.from({ length: 4 }, () => (x = sum(mul(reshape(x, [1, 64]), 2), [0])));
      t.output(
        'y',
        saved.reduceRight((a, b) => add(a, b)),
      );
    };
    expect(planOf(body).plan.arenaBytes).toBe(4 * 256);
    expect(
      planOf(body, { workspaceBytes: ({ outputs }) => (outputs[0]!.shape.length === 1 ? 1000 : 0) })
        .plan.arenaBytes,
    ).toBe(4 * 256 + 1024);
  });

  it('names op, backend and scope of a missing kernel', () => {
    const graph = trace('program', (t) =>
      t.output(
        'y',
        t.within('model.norm', () =>
          rmsNorm(t.input('batch', 'x', [2, 4], 'f32'), undefined, 1e-5),
        ),
      ),
    );
    expect(() => planGraph(graph, { backend: 'tiny', kernels: {} })).toThrow(
      'op rms_norm in model.norm has no kernel on backend tiny',
    );
    const viewed = trace('program', (t) =>
      t.output('y', permute(t.input('batch', 'x', [2, 4], 'f32'), [1, 0])),
    );
    expect(() => planGraph(viewed, { backend: 'tiny', kernels: {} })).toThrow(
      'backend tiny has no kernel named copy',
    );
  });
});
