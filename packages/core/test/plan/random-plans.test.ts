// Property: for random programs, kernel tables and view support, the plan passes the verifier and
// computes in bytes what the graph computes in values.
import { describe, expect, it } from 'vitest';
import { planGraph } from '../../src/plan/plan-graph.js';
import { overwritesOf } from '../../src/plan/overwrite-table.js';
import { verifyPlan } from '../../src/plan/verify-plan.js';
import { verifyGraph } from '../../src/graph/verify-graph.js';
import { kernelsFor } from './kernels.js';
import { randomGraph, randomNumbers } from './random-graph.js';
import { expectSameBytes } from './run-both.js';

const supports = [
  {},
  { acceptsView: () => true },
  { acceptsView: (index: number) => index === 0, workspaceBytes: () => 100 },
  {
    acceptsView: (_: number, __: readonly number[], strides: readonly number[]) =>
      !strides.includes(0),
  },
];

describe('random programs', () => {
  it.each(Array.from({ length: 80 }, (_, seed) => seed))('program %i is right in bytes', (seed) => {
    const { graph, feeds } = randomGraph(seed, 5 + Math.floor(randomNumbers(seed + 1000)() * 60));
    verifyGraph(graph);
    for (const support of supports) {
      const plan = planGraph(graph, { backend: 'test', kernels: kernelsFor(graph, support) });
      verifyPlan(plan, overwritesOf(graph));
      expectSameBytes(graph, plan, feeds);
      expect(
        plan.buffers
          .filter((b) => b.kind === 'transient')
          .every((b) => b.offset + b.bytes <= plan.arenaBytes),
      ).toBe(true);
    }
  });

  it('on several streams are ordered by waits, each of which is needed', () => {
    let [needed, dropped] = [0, 0];
    for (let seed = 0; seed < 40; seed++) {
      const { graph, feeds } = randomGraph(seed, 40, true);
      const plan = planGraph(graph, { backend: 'test', kernels: kernelsFor(graph) });
      verifyPlan(plan, overwritesOf(graph));
      expectSameBytes(graph, plan, feeds);
      plan.steps.forEach((step, i) =>
        step.waits.forEach((wait) => {
          dropped++;
          const without = {
            ...plan,
            steps: plan.steps.with(i, { ...step, waits: step.waits.filter((w) => w !== wait) }),
          };
          try {
            verifyPlan(without, overwritesOf(graph));
          } catch {
            needed++;
          }
        }),
      );
    }
    expect(dropped).toBeGreaterThan(400);
    expect(needed / dropped).toBeGreaterThan(0.98);
  });
});
