// Time of plans with several streams: clocks that run beside each other, waits, and the link.
import { describe, expect, it } from 'vitest';
import { planCost, type DeviceSpeed, type PlanCost, type Stream } from '../../src/index.js';
import { linkSeconds } from '../../src/plan/link-seconds.js';
import type { PlanStep, TensorRef } from '../../src/plan/plan.js';
import { planOf } from './plan-of.js';

const ref = (elements: number, dtype: 'f32' | 'bf16' = 'f32'): TensorRef => ({
  value: 0,
  buffer: 0,
  offset: 0,
  dtype,
  shape: [elements],
  strides: [1],
});

const step = (parts: Partial<PlanStep>): PlanStep => ({
  op: 'add',
  inputs: [],
  outputs: [],
  attrs: {},
  workspace: null,
  phase: 'forward',
  scope: '',
  stream: 'compute',
  waits: [],
  flops: 0,
  bytes: 0,
  ...parts,
});

/** A step of so many seconds on `device`. */
const compute = (seconds: number, waits: readonly number[] = []): PlanStep =>
  step({ flops: seconds, waits });
const copy = (seconds: number, waits: readonly number[] = []): PlanStep =>
  step({ op: 'copy', stream: 'copy', flops: seconds, waits });

/** A collective of two seconds: one of latency, and half of 16 bytes at 8 bytes a second. */
const gather = (waits: readonly number[] = []): PlanStep =>
  step({
    op: 'all_gather',
    stream: 'comm',
    inputs: [ref(2)],
    outputs: [ref(4)],
    attrs: { axis: 'dp_shard', ranks: 2 },
    waits,
  });

const device: DeviceSpeed = {
  peakFlops: { f32: 1, bf16: 1 },
  bandwidth: 4,
  link: { bandwidth: 8, latency: 1 },
};

const { plan } = planOf((t) => t.output('y', t.input('batch', 'x', [2], 'f32')));

const costOf = (...steps: readonly PlanStep[]): PlanCost => planCost({ ...plan, steps }, device);

describe('the clocks of streams', () => {
  it.each<readonly [string, readonly PlanStep[], seconds: number, exposed: number]>([
    ['one stream adds up and waits for nobody', [compute(1), compute(2), compute(3)], 6, 0],
    ['what is ready before it is needed is hidden', [gather(), compute(3), compute(1, [0])], 4, 0],
    ['what is not ready yet is waited for', [gather(), compute(1), compute(1, [0])], 3, 1],
    ['a collective waits for what it sends', [compute(1), gather([0]), compute(1, [1])], 4, 2],
    [
      'other steps run meanwhile',
      [compute(1), gather([0]), compute(1), compute(1, [1])],
      1 + 2 + 1,
      1,
    ],
    ['the end waits too', [compute(3), gather([0])], 5, 2],
    ['a collective may end before the last step', [compute(3), gather(), compute(1)], 4, 0],
    ['collectives run one after the other', [gather(), gather(), compute(1, [1])], 5, 4],
    ['the last of several waits decides', [gather(), copy(5), compute(1, [0, 1])], 6, 5],
    ['streams wait for each other', [copy(2), gather([0]), copy(1, [1]), compute(1, [2])], 6, 5],
    ['without steps no time passes', [], 0, 0],
    ['without arithmetic all is waiting', [gather()], 2, 2],
  ])('%s', (_, steps, seconds, exposed) => {
    expect(costOf(...steps)).toMatchObject({ seconds, exposedSeconds: exposed });
  });

  it('count the time of each op in full, however they overlap', () => {
    expect(costOf(gather(), compute(1), gather(), compute(1.5)).byOp).toEqual([
      { op: 'all_gather', seconds: 4, steps: 2 },
      { op: 'add', seconds: 2.5, steps: 2 },
    ]);
  });

  it('leave a device without other streams exactly no waiting', () => {
    const steps = Array.from({ length: 99 }, (_, i) => compute(1 / (i + 3)));
    expect(costOf(...steps).exposedSeconds).toBe(0);
  });
});

describe('the link', () => {
  const collective = (
    op: string,
    ranks: number,
    inputs: readonly TensorRef[],
    outputs: readonly TensorRef[],
    stream: Stream = 'comm',
  ): PlanStep => step({ op, stream, inputs, outputs, attrs: { axis: 'dp_shard', ranks } });
  const link = { bandwidth: 2, latency: 10 };

  it.each([
    // The whole has 16 elements of 4 bytes, of which 3 quarters travel.
    ['all_gather', [ref(4)], [ref(16)], 48],
    ['reduce_scatter', [ref(16)], [ref(4)], 48],
    ['all_reduce', [ref(16)], [ref(16)], 2 * 48],
    ['broadcast', [ref(16)], [ref(16)], 48],
    // A bucket is one collective: (16 * 4 + 8 * 2) * 3 / 4.
    ['all_reduce', [ref(16), ref(8, 'bf16')], [ref(16), ref(8, 'bf16')], 2 * 60],
  ] as const)('%s over 4 ranks', (op, inputs, outputs, bytes) => {
    expect(linkSeconds(collective(op, 4, inputs, outputs), link)).toBe(10 + bytes / 2);
  });

  it('takes no time over one rank, and everything once where no ranks are named', () => {
    expect(linkSeconds(collective('all_reduce', 1, [ref(16)], [ref(16)]), link)).toBe(0);
    const send = step({ op: 'example/send', stream: 'comm', inputs: [ref(16)] });
    expect(linkSeconds(send, link)).toBe(10 + 64 / 2);
  });

  it('is the memory where the device names none, without latency', () => {
    const { link: _, ...alone } = device;
    expect(planCost({ ...plan, steps: [gather()] }, alone).seconds).toBe(8 / 4);
  });

  it('carries the stream comm alone', () => {
    const moved = { ...collective('all_gather', 2, [ref(2)], [ref(4)], 'copy'), bytes: 20 };
    expect(costOf(moved).seconds).toBe(20 / 4);
  });
});
