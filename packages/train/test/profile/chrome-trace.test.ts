// The trace of a profile as a file: its events, their order and their times.
import { expect, test } from 'vitest';
import type { Backend } from '@automodel/contracts';
import { referenceBackend } from '@automodel/testing';
import { chromeTrace } from '@automodel/train';
import { device, profiledSteps } from './profiled-steps.js';
import { readTrace, thread, total, within } from './trace.js';

const backend: Backend = { ...referenceBackend(), devices: () => [device] };

test('kernels follow each other within their program, programs within their step', async () => {
  const trace = readTrace([...chromeTrace(await profiledSteps(), { backend, rank: 3 })].join(''));
  const steps = thread(trace, 'optimizer steps');
  expect(steps.map(({ name, ts, dur }) => [name, ts, dur])).toEqual([
    ['step 2', 0, 20],
    ['step 3', 100_000, 30],
  ]);
  for (const step of steps) {
    const programs = within(trace, step, 'programs');
    expect(programs.map(({ name }) => name)).toEqual(['micro', 'micro', 'update']);
    expect(step.args['kernel_microseconds']).toBe(total(programs) / 1e3);
    for (const program of programs) {
      const kernels = within(trace, program, 'compute', 'comm');
      expect(kernels.map(({ name }) => name)).toEqual(
        program.name === 'micro' ? ['linear', 'linear', 'all_gather', 'loss'] : ['adamw'],
      );
      expect(kernels.map(({ cat }) => cat)).toEqual(kernels.map(() => program.name));
      expect(total(kernels)).toBe(total([program]));
      expect(kernels[0]!.ts).toBe(program.ts);
    }
  }
  expect(thread(trace, 'programs')).toHaveLength(6);
  expect(thread(trace, 'compute')).toHaveLength(14);
  expect(thread(trace, 'comm')).toHaveLength(4);
  expect(new Set(trace.events.map(({ pid }) => pid))).toEqual(new Set([3]));
});

test('a kernel says what it did, how fast, and how near that is to the limit of the device', async () => {
  const { events, otherData } = readTrace(
    [...chromeTrace(await profiledSteps(), { backend, rank: 0 })].join(''),
  );
  const byName = new Map(events.map(({ name, args }) => [name, args]));
  expect(events.find(({ name }) => name === 'linear')?.args).toEqual({
    kernel: 'linear_kernel',
    module: 'model.layers.0.mlp.up_proj',
    phase: 'forward',
    inputs: 'f32[2,3]',
    outputs: 'f32[2,3]',
    flops: 2000,
    bytes: 100,
    gflops_per_second: 2,
    gb_per_second: 0.1,
    roofline_share: 2,
  });
  // by arithmetic in bf16, and by memory traffic
  expect(byName.get('loss')).toMatchObject({ gflops_per_second: 2, roofline_share: 1 });
  expect(byName.get('adamw')).toMatchObject({ gb_per_second: 1, roofline_share: 0.5 });
  // took no time that the clock could tell
  expect(Object.keys(byName.get('all_gather')!)).not.toContain('roofline_share');
  expect(otherData).toMatchObject({
    backend: 'reference 1.0.0',
    device: 'a processor',
    threads: 4,
    peak_gflops_per_second: { f32: 1, bf16: 2 },
    bandwidth_gb_per_second: 2,
  });
});
