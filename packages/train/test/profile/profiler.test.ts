// Which steps a profiler measures, and when their runs take place.
import { describe, expect, test } from 'vitest';
import { Profiler } from '@automodel/train';
import { MICRO, profiledSteps, profilerAt, runOf, UPDATE } from './profiled-steps.js';

/** The steps that are measured of `count`, and whether the profile is complete after each. */
async function measured(profiler: Profiler, count: number): Promise<readonly boolean[]> {
  const complete: boolean[] = [];
  for (let step = 0; step < count; step++) {
    profiler.begin(step);
    await runOf(profiler, MICRO);
    profiler.end();
    complete.push(profiler.isComplete);
  }
  return complete;
}

test('by default the first step is left out, and three are measured', async () => {
  const profiler = new Profiler();
  expect(await measured(profiler, 6)).toEqual([false, false, false, true, true, true]);
  expect(profiler.steps.map(({ step }) => step)).toEqual([1, 2, 3]);
});

test('warmup and active say which', async () => {
  const profiler = new Profiler({ warmup: 0, active: 2 });
  expect(await measured(profiler, 4)).toEqual([false, true, true, true]);
  expect(profiler.steps.map(({ step }) => step)).toEqual([0, 1]);
});

test('runs outside of measured steps are not asked to measure', async () => {
  const profiler = new Profiler({ active: 1 });
  const asked: unknown[] = [];
  const run = (): Promise<unknown> =>
    profiler.measured({ plan: UPDATE }, async (options) => {
      asked.push(options.profile);
      return { stepNanoseconds: [1] };
    });
  await run();
  for (const step of [0, 1, 2]) {
    profiler.begin(step);
    await run();
    profiler.end();
    await run();
  }
  expect(asked).toEqual([undefined, undefined, undefined, true, undefined, undefined, undefined]);
  expect(profiler.steps.map(({ runs }) => runs.length)).toEqual([1]);
});

test('times are whole nanoseconds of the clock, and kernels have the names of ops without others', async () => {
  const [first] = await profiledSteps();
  expect(first).toMatchObject({ step: 1, start: 100e6, end: 100_020_000 });
  expect(first!.runs.map(({ start }) => start - 100e6)).toEqual([1000, 7000, 14000]);
  const profiler = profilerAt([1, 2, 3], { warmup: 0 });
  profiler.begin(0);
  await profiler.measured({ plan: UPDATE }, async () => ({ stepNanoseconds: [5] }));
  profiler.end();
  expect(profiler.steps[0]!.runs[0]!.kernelNames).toEqual(['adamw']);
});

test('a run begins when the one before has ended, and a step ends with its runs', async () => {
  const profiler = profilerAt([1, 1, 1.002, 1.003], { warmup: 0 });
  profiler.begin(0);
  await runOf(profiler, MICRO);
  await runOf(profiler, UPDATE);
  profiler.end();
  const [step] = profiler.steps;
  expect(step!.runs.map(({ start }) => start)).toEqual([1_000_000, 1_006_000]);
  expect(step!.end).toBe(1_010_000);
});

describe('refused:', () => {
  test('numbers that are no counts', () => {
    expect(() => new Profiler({ active: 0 })).toThrow(
      'active of a profile must be a whole number of at least 1, not 0',
    );
    expect(() => new Profiler({ warmup: 0.5 })).toThrow(
      'warmup of a profile must be a whole number of at least 0, not 0.5',
    );
  });

  test('so few steps that none is measured', () => {
    new Profiler({ warmup: 2 }).expect(3);
    expect(() => new Profiler({ warmup: 2 }).expect(2)).toThrow(
      'nothing would be profiled: 2 steps are left out as warm-up, and 2 are made',
    );
    expect(() => new Profiler().expect(1)).toThrow(
      'nothing would be profiled: 1 step is left out as warm-up, and 1 is made',
    );
  });

  test('a backend that does not measure', async () => {
    const profiler = new Profiler({ warmup: 0 });
    profiler.begin(0);
    await expect(profiler.measured({ plan: UPDATE }, async () => ({}))).rejects.toMatchObject({
      code: 'unsupported',
      message: 'backend fake does not measure the steps of a program: it cannot be profiled',
    });
  });
});
