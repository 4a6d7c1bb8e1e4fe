// Two steps of two programs, with times that are easy to add up.
import type { Device } from '@automodel/contracts';
import type { Plan, PlanStep, TensorRef } from '@automodel/core';
import { Profiler, type ProfiledStep } from '@automodel/train';

const ref = (shape: readonly number[]): TensorRef => ({
  value: 0,
  buffer: 0,
  offset: 0,
  dtype: 'f32',
  shape,
  strides: shape,
});

const step = (op: string, scope: string, parts: Partial<PlanStep> = {}): PlanStep => ({
  op,
  inputs: [ref([2, 3]), null],
  outputs: [ref([2, 3])],
  attrs: {},
  workspace: null,
  phase: 'forward',
  scope,
  stream: 'compute',
  waits: [],
  flops: 0,
  bytes: 0,
  ...parts,
});

const plan = (name: string, steps: readonly PlanStep[]): Plan => ({
  name,
  backend: 'fake',
  arenaBytes: 0,
  buffers: [],
  steps,
  flops: steps.reduce((sum, { flops }) => sum + flops, 0),
  bytes: steps.reduce((sum, { bytes }) => sum + bytes, 0),
});

export const MICRO = plan('micro', [
  step('linear', 'model.layers.0.mlp.up_proj', { flops: 2000, bytes: 100 }),
  step('linear', 'model.layers.1.mlp.up_proj', { flops: 2000, bytes: 100 }),
  step('all_gather', 'model.layers.1', { stream: 'comm', bytes: 48 }),
  step('loss', '', { flops: 4000, bytes: 10, attrs: { compute: 'bf16' } }),
]);
export const UPDATE = plan('update', [
  step('adamw', 'model.layers.0.mlp.up_proj', { flops: 100, bytes: 4000 }),
]);
export const NANOSECONDS = { micro: [1000, 3000, 0, 2000], update: [4000] };

/** 1 flop and 2 bytes a nanosecond; twice as many flops in bf16. */
export const device: Device = {
  name: 'a processor',
  memoryBytes: 0,
  threads: 4,
  peakFlops: { f32: 1e9, bf16: 2e9 },
  bandwidth: 2e9,
};

/** A profiler whose clock says `times`, in milliseconds, one after the other. */
export const profilerAt = (
  times: readonly number[],
  options: { readonly warmup?: number; readonly active?: number } = {},
): Profiler => {
  const left = [...times];
  return new Profiler({ ...options, now: () => left.shift()! });
};

/** One run of `micro` or `update`. */
export const runOf = (profiler: Profiler, { name, steps }: Plan): Promise<unknown> =>
  profiler.measured(
    { plan: name === 'micro' ? MICRO : UPDATE, kernelNames: steps.map(({ op }) => `${op}_kernel`) },
    async () => ({ stepNanoseconds: NANOSECONDS[name as 'micro' | 'update'] }),
  );

/** Steps 1 and 2, each of two micro-batches and an update: 16 of 20, and 16 of 30 microseconds. */
export async function profiledSteps(): Promise<readonly ProfiledStep[]> {
  const profiler = profilerAt([
    ...[100, 100.001, 100.007, 100.014, 100.02],
    ...[200, 200.002, 200.01, 200.02, 200.03],
  ]);
  profiler.begin(0);
  profiler.end();
  for (const number of [1, 2]) {
    profiler.begin(number);
    for (const program of [MICRO, MICRO, UPDATE]) await runOf(profiler, program);
    profiler.end();
  }
  return profiler.steps;
}
