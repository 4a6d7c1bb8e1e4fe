// Waits between streams where memory is reused: no data goes from one step to the other, but their
// bytes are the same.
import { describe, expect, it } from 'vitest';
import type { Stream } from '../../src/index.js';
import { addWaits } from '../../src/plan/add-waits.js';
import type { Plan, PlanBuffer, PlanStep, TensorRef } from '../../src/plan/plan.js';

const buffer = (id: number, offset: number, bytes: number): PlanBuffer => ({
  id,
  kind: 'transient',
  bytes,
  name: '',
  offset,
  live: [0, 9],
});

const whole = ({ id, bytes }: PlanBuffer): TensorRef => ({
  value: id,
  buffer: id,
  offset: 0,
  dtype: 'f32',
  shape: [bytes / 4],
  strides: [1],
});

const step = (
  stream: Stream,
  { reads = [], writes = [] }: Partial<Record<'reads' | 'writes', readonly PlanBuffer[]>>,
): PlanStep => ({
  op: 'copy',
  inputs: reads.map(whole),
  outputs: writes.map(whole),
  attrs: {},
  workspace: null,
  phase: 'forward',
  scope: '',
  stream,
  waits: [],
  flops: 0,
  bytes: 0,
});

const waitsOf = (buffers: readonly PlanBuffer[], steps: readonly PlanStep[]): number[][] => {
  const plan: Plan = {
    name: 'p',
    backend: 'test',
    arenaBytes: 64,
    buffers,
    steps,
    flops: 0,
    bytes: 0,
  };
  return addWaits(plan).steps.map(({ waits }) => [...waits]);
};

describe('addWaits', () => {
  const [low, high, apart] = [buffer(0, 0, 8), buffer(1, 4, 8), buffer(2, 32, 8)];
  const buffers = [low, high, apart];

  it.each([
    ['the buffer that begins before it', high, low],
    ['the buffer that begins after it', low, high],
  ])('waits for the writer of %s and shares bytes with it', (_, second, first) => {
    const steps = [step('comm', { writes: [first] }), step('compute', { writes: [second] })];
    expect(waitsOf(buffers, steps)).toEqual([[], [0]]);
  });

  it.each([
    ['begins before', high, low],
    ['begins after', low, high],
  ])('waits for the reader of a buffer that %s it', (_, second, first) => {
    const steps = [step('comm', { reads: [first] }), step('compute', { writes: [second] })];
    expect(waitsOf(buffers, steps)).toEqual([[], [0]]);
  });

  it('does not wait for two readers of the same bytes, nor for bytes elsewhere', () => {
    const read = [step('comm', { reads: [low] }), step('compute', { reads: [high] })];
    expect(waitsOf(buffers, read)).toEqual([[], []]);
    const elsewhere = [step('comm', { writes: [low] }), step('compute', { writes: [apart] })];
    expect(waitsOf(buffers, elsewhere)).toEqual([[], []]);
  });

  it('does not wait again for what an earlier wait of the stream implies', () => {
    const steps = [
      step('comm', { writes: [low] }),
      step('compute', { reads: [high] }),
      step('compute', { writes: [low] }),
    ];
    expect(waitsOf(buffers, steps)).toEqual([[], [0], []]);
  });
});
