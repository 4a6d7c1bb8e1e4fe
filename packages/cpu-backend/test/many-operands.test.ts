// Steps of more operands than any table of fixed size would hold: the gradient norm of a model with
// thousands of trained tensors, and what the runtime says about counts that are not true.
import {
  clipFlag,
  hostTensor,
  runReference,
  trace,
  type Graph,
  type HostTensor,
} from '@automodel/core';
import { runOnBackend } from '@automodel/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { createCpuBackend } from '../src/cpu-backend.js';
import { ErrorText } from '../src/library.js';
import { NativePool } from '../src/native-pool.js';
import { encodeProgram, encodeStep, type NativeStep } from '../src/native-program.js';
import { callKernel, type Operand } from './support/call-kernel.js';

const pool = new NativePool(2);
const backend = createCpuBackend({ threads: 2 });
afterAll(async () => {
  await backend.close();
  pool.close();
});

const NORMS = Array.from({ length: 5000 }, (_, i) => 1 + (i % 7) / 8);

/** Clips by the norms that inputs n0, n1, .. hold. */
const clippedBy = (count: number): Graph =>
  trace('clip', (t) => {
    const norms = Array.from({ length: count }, (_, i) => t.input('batch', `n${i}`, [], 'f64'));
    const { norm, clipScale, flag } = clipFlag(t.input('batch', 'loss', [], 'f32'), norms, 1);
    t.output('norm', norm);
    t.output('clipScale', clipScale);
    t.output('flag', flag);
  });

const feedsOf = (norms: readonly number[]): Map<string, HostTensor> =>
  new Map([
    ['loss', hostTensor('f32', [], [2])],
    ...norms.map((norm, i) => [`n${i}`, hostTensor('f64', [], [norm])] as const),
  ]);

/** The results as f32. */
const numbers = (results: ReadonlyMap<string, HostTensor>): Record<string, number> =>
  Object.fromEntries(
    [...results].map(([name, { data }]) => [name, Math.fround(Number(data[0]))] as const),
  );

describe('a step of thousands of operands', () => {
  it('clips by 5,000 norms as the reference run does', async () => {
    const [graph, feeds] = [clippedBy(NORMS.length), feedsOf(NORMS)];
    const expected = numbers(runReference(graph, feeds).outputs);
    expect(expected['norm']).toBeCloseTo(Math.sqrt(NORMS.reduce((a, b) => a + b, 0)), 4);
    expect(numbers(await runOnBackend(backend)(graph, feeds))).toEqual(expected);
  });

  it('has as many results', async () => {
    const pairs = Array.from({ length: 1500 }, (_, i) => i);
    const state = (i: number): Operand => ({ dtype: 'f32', shape: [2], values: [i, -i] });
    const gradient: Operand = { dtype: 'f32', shape: [2], values: [0.5, 0.25] };
    const results = await callKernel(pool, {
      kernel: 'gradient_accumulate_many',
      inputs: [
        { dtype: 'f32', shape: [], values: [1] },
        ...pairs.flatMap((i) => [state(i), gradient]),
      ],
      outputs: pairs.map((i) => ({ dtype: 'f32', shape: [2], alias: `in${1 + 2 * i}` })),
    });
    expect(results).toEqual(pairs.map((i) => [i + 0.5, 0.25 - i]));
  });

  it('is encoded, also with more attributes and bases than a call has arguments', () => {
    const many = new Array<number>(200_000).fill(1);
    const bare = encodeProgram([1], [step]).words.length;
    const { words } = encodeProgram(many, [{ ...step, ints: many, floats: many }]);
    expect(words).toHaveLength(bare + 3 * many.length - 2);
  });
});

const step: NativeStep = {
  kernel: 'clip_flag',
  inputs: [
    { base: 0, offset: 0, dtype: 'f32', shape: [], strides: [] },
    { base: 0, offset: 8, dtype: 'f64', shape: [], strides: [] },
  ],
  outputs: [16, 20, 24].map((offset) => ({
    base: 0,
    offset,
    dtype: 'f32',
    shape: [],
    strides: [],
  })),
  ints: [],
  floats: [1],
  workspace: null,
};

/** What the runtime says about a program of these words; empty: it takes it. */
function complaintAbout(words: BigInt64Array): string {
  const error = new ErrorText();
  const { names } = encodeStep(step);
  const program = pool.library.program_create(
    pool.handle,
    words,
    words.length,
    names,
    error.bytes,
    error.capacity,
  );
  if (program !== 0) pool.library.program_destroy(program);
  return error.text;
}

const WORDS = encodeProgram([64], [step, step]).words;
/** Format, number of bases, their bytes, number of steps. */
const [STEPS, FIRST_STEP] = [3, 4];
/** Where a step says how many inputs, results, ints and floats it has. */
const COUNTS = [1, 2, 3, 4].map((word) => FIRST_STEP + word);

describe('a program whose counts are not true', () => {
  it('is taken with those that are', () => {
    expect(complaintAbout(WORDS)).toBe('');
  });

  it.each([-1n, -(2n ** 40n), 2n ** 31n, 2n ** 62n])('is refused with %s in a step', (count) => {
    for (const word of COUNTS)
      expect(complaintAbout(WORDS.with(word, count))).toBe(
        'step 0: operand or attribute counts are out of range',
      );
  });

  it('is refused with more operands or attributes than it has words', () => {
    for (const word of COUNTS)
      expect(complaintAbout(WORDS.with(word, 2n ** 31n - 10n))).toBe(
        'step 0: the program ends inside this step',
      );
    expect(complaintAbout(WORDS.with(COUNTS[0]!, 2n ** 30n).with(COUNTS[1]!, 2n ** 30n))).toBe(
      'step 0: operand or attribute counts are out of range',
    );
  });

  it.each([-1n, 9n, 2n ** 62n])('is refused with %s steps', (count) => {
    expect(complaintAbout(WORDS.with(STEPS, count))).toBe(
      "the program's number of steps is out of range",
    );
  });

  it('is refused wherever it ends too early', () => {
    for (let length = 1; length < WORDS.length; length++)
      expect(complaintAbout(WORDS.slice(0, length)), `${length} words`).toMatch(
        /^(the program's number of |step [01]: the program ends inside this step)/,
      );
  });
});
