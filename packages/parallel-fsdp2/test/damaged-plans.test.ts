// Damage to the plan of a micro-batch is noticed: on one rank by the verifier, and between ranks by
// the digests that they compare before the first step.
import { overwritesOf, planToJson, verifyPlan, type Plan, type PlanStep } from '@automodel/core';
import { beforeAll, describe, expect, test } from 'vitest';
import { modelOf, planned, SMALL } from './planned.js';

const collectives = ({ steps }: Plan): readonly number[] =>
  steps.flatMap(({ stream }, i) => (stream === 'comm' ? [i] : []));

const withStep = (plan: Plan, at: number, change: Partial<PlanStep>): Plan => ({
  ...plan,
  steps: plan.steps.with(at, { ...plan.steps[at]!, ...change }),
});

/** The steps `a` and `b` in each other's place. Waits stay where they are. */
function swapped(plan: Plan, a: number, b: number): Plan {
  const [first, second] = [plan.steps[a]!, plan.steps[b]!];
  return {
    ...plan,
    steps: plan.steps
      .with(a, { ...second, waits: first.waits })
      .with(b, { ...first, waits: second.waits }),
  };
}

describe.each([
  ['gathered and reduced in each micro-batch', {}],
  ['reduced once a step', { defer_fsdp_grad_sync: true }],
  ['gathered within groups', { reshard_after_forward: 2 }],
])('%s', (_, distributed) => {
  let plan: Plan;
  let refused: (damaged: Plan) => boolean;
  beforeAll(async () => {
    const options = { ranks: 4, tokens: 16, distributed, verifyPlans: true };
    const { programs } = await planned(modelOf(SMALL), options);
    const program = programs.get('micro last') ?? programs.get('micro')!;
    plan = program.plan;
    const allowed = overwritesOf(program.graph);
    refused = (damaged) => {
      try {
        verifyPlan(damaged, allowed);
        return false;
      } catch {
        return true;
      }
    };
  });

  test('as planned it is accepted', () => {
    expect(refused(plan)).toBe(false);
    expect(collectives(plan).length).toBeGreaterThan(10);
  });

  test('no wait can be left out', () => {
    let tried = 0;
    plan.steps.forEach(({ waits }, at) =>
      waits.forEach((wait) => {
        tried++;
        const damaged = withStep(plan, at, { waits: waits.filter((other) => other !== wait) });
        expect([at, wait, refused(damaged)]).toEqual([at, wait, true]);
      }),
    );
    expect(tried).toBeGreaterThan(20);
  });

  test('no lifetime can be shorter', () => {
    let tried = 0;
    plan.buffers.forEach((buffer, id) => {
      const [first, last] = buffer.live;
      if (buffer.kind !== 'transient' || first === last) return;
      tried++;
      const late = {
        ...plan,
        buffers: plan.buffers.with(id, { ...buffer, live: [first + 1, last] }),
      };
      const early = {
        ...plan,
        buffers: plan.buffers.with(id, { ...buffer, live: [first, last - 1] }),
      };
      expect([id, refused(late as Plan), refused(early as Plan)]).toEqual([id, true, true]);
    });
    expect(tried).toBeGreaterThan(50);
  });

  test('no two neighbouring collectives can change places on one rank', () => {
    const places = collectives(plan);
    places.slice(1).forEach((at, i) => {
      expect([at, refused(swapped(plan, places[i]!, at))]).toEqual([at, true]);
    });
  });

  test('ranks whose collectives differ in order have other plans to compare', () => {
    const places = collectives(plan);
    const texts = places.slice(1).map((at, i) => planToJson(swapped(plan, places[i]!, at)));
    expect(texts).not.toContain(planToJson(plan));
    expect(planToJson(structuredClone(plan))).toBe(planToJson(plan));
  });
});
