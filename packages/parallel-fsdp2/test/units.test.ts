// When weights are whole: the plan of a micro-batch gathers a unit at a time, one ahead, frees it,
// and gathers it again for the backward pass.
import { fileURLToPath } from 'node:url';
import { HuggingFaceFolder } from '@automodel/checkpoint';
import { sizeOf, type Plan, type PlanStep, type TensorRef } from '@automodel/core';
import llama from '@automodel/models-llama';
import { adamw, planRun } from '@automodel/train';
import { simulatedRanks } from '@automodel/testing';
import { beforeAll, describe, expect, test } from 'vitest';
import fsdp2 from '../src/index.js';

const path = fileURLToPath(new URL('../../../goldens/models/llama-gqa', import.meta.url));
const RANKS = 4;

async function microPlan(options: Readonly<Record<string, unknown>> = {}): Promise<Plan> {
  const [rank] = simulatedRanks([{ name: 'dp_shard', size: RANKS }]);
  const { backend, host } = rank!;
  const folder = await HuggingFaceFolder.open(path);
  const { interceptor, passes } = await fsdp2.create(options, { host });
  const { programs } = await planRun({
    backend,
    model: llama.create(folder.config),
    precision: 'f32',
    trainable: () => true,
    storedDType: () => 'f32',
    interceptors: [interceptor!],
    slots: passes,
    training: { optimizer: adamw({ betas: [0.9, 0.999], eps: 1e-8 }), maxNorm: 1 },
    capacity: { token: 12, document: 2 },
    verifyPlans: true,
  });
  return programs.get('micro')!.plan;
}

const places = (plan: Plan, op: string): readonly number[] =>
  plan.steps.flatMap((step, i) => (step.op === op ? [i] : []));

/** The layer that a step works for, or its module. */
const unitOf = ({ scope }: PlanStep): string => /layers\.\d+/.exec(scope)?.[0] ?? scope;

/** How many gathered units are in memory at the step. */
function unitsAt(plan: Plan, step: number): ReadonlySet<string> {
  const live = places(plan, 'all_gather').filter((at) =>
    plan.steps[at]!.outputs.some((ref) => {
      const [first, last] = plan.buffers[ref!.buffer]!.live;
      return first <= step && step <= last;
    }),
  );
  return new Set(live.map((at) => `${unitOf(plan.steps[at]!)} ${plan.steps[at]!.phase}`));
}

const bytesOf = ({ shape }: TensorRef): number => 4 * sizeOf(shape);

/** Bytes that each unit's collectives read or write. */
function bytesOfUnits(plan: Plan, op: string, side: 'inputs' | 'outputs'): Map<string, number> {
  const units = new Map<string, number>();
  for (const at of places(plan, op)) {
    const step = plan.steps[at]!;
    const bytes = step[side].reduce((sum, ref) => sum + bytesOf(ref!), 0);
    units.set(unitOf(step), (units.get(unitOf(step)) ?? 0) + bytes);
  }
  return units;
}

/** The most bytes in memory at once of what collectives read or write. */
function mostBytes(plan: Plan, op: string, side: 'inputs' | 'outputs'): number {
  const refs = new Map(
    places(plan, op).flatMap((at) => plan.steps[at]![side].map((ref) => [ref!.buffer, ref!])),
  );
  const at = (step: number): number =>
    [...refs].reduce((sum, [buffer, ref]) => {
      const [first, last] = plan.buffers[buffer]!.live;
      return sum + (first <= step && step <= last ? bytesOf(ref) : 0);
    }, 0);
  return Math.max(...plan.steps.map((_, step) => at(step)));
}

describe('a micro-batch', () => {
  let plan: Plan;
  let layers: number;
  beforeAll(async () => {
    plan = await microPlan();
    layers = new Set(plan.steps.flatMap(({ scope }) => /layers\.\d+/.exec(scope)?.[0] ?? [])).size;
  });

  test('gathers each layer once forward and once backward, and reduces it part by part', () => {
    const layersOf = (op: string, phase: string): string[] =>
      places(plan, op)
        .map((at) => plan.steps[at]!)
        .filter((step) => step.phase === phase && step.scope.includes('layers.'))
        .map(unitOf);
    const inOrder = Array.from({ length: layers }, (_, i) => `layers.${i}`);
    expect(layersOf('all_gather', 'forward')).toEqual(inOrder);
    expect(layersOf('all_gather', 'recompute')).toEqual(inOrder.toReversed());
    const parts = layersOf('reduce_scatter', 'backward');
    expect([...new Set(parts)]).toEqual(inOrder.toReversed());
    expect(parts.length).toBeLessThanOrEqual(4 * layers);
    const reduced = places(plan, 'reduce_scatter').flatMap((at) => plan.steps[at]!.inputs);
    expect(new Set(reduced.map((ref) => ref!.value)).size).toBe(reduced.length);
  });

  test('gathers norm and head together, and not again: the backward pass begins there', () => {
    const outside = places(plan, 'all_gather')
      .map((at) => plan.steps[at]!)
      .filter((step) => !step.scope.includes('layers.'));
    expect(outside.map(({ phase, inputs }) => [phase, inputs.length])).toEqual([
      ['forward', 1],
      ['forward', 2],
    ]);
  });

  test('has no more whole gradients than the largest unit has', () => {
    expect(mostBytes(plan, 'reduce_scatter', 'inputs')).toBeLessThanOrEqual(
      Math.max(...bytesOfUnits(plan, 'reduce_scatter', 'inputs').values()),
    );
  });

  test('gathers a layer before the computation of the one before it', () => {
    const second = places(plan, 'all_gather').find(
      (at) => unitOf(plan.steps[at]!) === 'layers.1' && plan.steps[at]!.phase === 'forward',
    )!;
    const first = plan.steps.findIndex(
      (step) => unitOf(step) === 'layers.0' && step.stream === 'compute',
    );
    expect(second).toBeLessThan(first);
  });

  test('holds at most two neighbouring units', () => {
    for (let step = 0; step < plan.steps.length; step++) {
      const inMemory = [...unitsAt(plan, step)].filter((unit) => unit.startsWith('layers.'));
      expect(inMemory.length).toBeLessThanOrEqual(2);
    }
  });

  test('gathers nothing again without resharding, and nothing ahead without prefetch', async () => {
    const kept = await microPlan({ reshard_after_forward: false });
    expect(places(kept, 'all_gather').map((at) => kept.steps[at]!.phase)).not.toContain(
      'recompute',
    );
    const late = await microPlan({ enable_fsdp2_prefetch: false });
    for (let step = 0; step < late.steps.length; step++)
      expect(
        [...unitsAt(late, step)].filter((unit) => /layers.*forward/.test(unit)).length,
      ).toBeLessThanOrEqual(1);
  });
});
