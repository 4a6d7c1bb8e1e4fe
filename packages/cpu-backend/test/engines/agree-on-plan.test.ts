// Ranks agree on a plan before they run it: equal plans pass, and one that differs in anything that
// ranks must have in common is refused, naming the ranks.
import { describe, expect, test } from 'vitest';
import {
  allReduce,
  mul,
  planFromJson,
  planGraph,
  planToJson,
  trace,
  type Plan,
} from '@automodel/core';
import { simulatedRanks } from '@automodel/testing';
import { agreeOnPlan } from '../../src/engines/agree-on-plan.js';

const axis = { axis: 'dp_replicate', ranks: 3 };
const ranks = simulatedRanks([{ name: 'dp_replicate', size: 3 }]);
const graph = trace('twice', (t) => {
  const x = t.input('batch', 'x', [2, 4], 'f32');
  const [first] = allReduce([mul(x, 0.5)], axis);
  const [second] = allReduce([mul(x, 2)], axis);
  t.output('first', first!);
  t.output('second', second!);
});
const { name: backend, kernels } = ranks[0]!.backend;
const plan = planGraph(graph, { backend, kernels });

/** What each rank hears if the last of three has another plan. */
const heard = (last: Plan): Promise<readonly string[]> =>
  Promise.all(
    ranks.map(({ host }, rank) =>
      agreeOnPlan(host, rank === 2 ? last : plan).then(
        () => 'agreed',
        (error: Error) => error.message,
      ),
    ),
  );

describe('ranks agree on', () => {
  test('the same plan, made elsewhere', async () => {
    expect(await heard(planFromJson(planToJson(plan)))).toEqual(['agreed', 'agreed', 'agreed']);
  });

  const [first, second] = plan.steps.flatMap(({ op }, i) => (op === 'all_reduce' ? [i] : []));
  const at = plan.steps.findIndex(({ waits }) => waits.length > 0);
  const step = plan.steps[at]!;
  test.each<[string, Plan]>([
    [
      'the order of collectives',
      {
        ...plan,
        steps: plan.steps.with(first!, plan.steps[second!]!).with(second!, plan.steps[first!]!),
      },
    ],
    ['a wait', { ...plan, steps: plan.steps.with(at, { ...step, waits: step.waits.slice(1) }) }],
    [
      'a lifetime',
      { ...plan, buffers: plan.buffers.with(0, { ...plan.buffers[0]!, live: [0, 0] }) },
    ],
    [
      'an attribute',
      { ...plan, steps: plan.steps.with(at, { ...step, attrs: { ...step.attrs, ranks: 2 } }) },
    ],
  ])('nothing if %s differs', async (_, other) => {
    const refusal = 'ranks run different plans: rank 0 runs twice, rank 2 another twice';
    expect(await heard(other)).toEqual([refusal, refusal, refusal]);
  });
});
