// Overlaps within one step: the sweep finds what comparing all pairs finds, and the verifier
// refuses a step of very many tensors for a single pair.
import { describe, expect, it } from 'vitest';
import { verifyPlan, type Plan, type PlanBuffer, type TensorRef } from '../../src/index.js';
import { firstOverlap, overlap, type Bytes, type Overlap } from '../../src/plan/step-overlaps.js';
import { randomNumbers } from './random-graph.js';

/** What comparing every pair finds. */
function firstOfAllPairs(
  operands: readonly (Bytes | undefined)[],
  results: readonly (Bytes | undefined)[],
  allowed: (result: number, operand: number) => boolean,
): Overlap | undefined {
  const shared = (a: Bytes, b: Bytes | undefined): boolean => b !== undefined && overlap(a, b);
  for (const [result, bytes] of results.entries()) {
    if (bytes === undefined) continue;
    const operand = operands.findIndex((other, i) => shared(bytes, other) && !allowed(result, i));
    if (operand !== -1) return { result, kind: 'operand', other: operand };
    const other = results.findIndex((o, i) => i > result && shared(bytes, o));
    if (other !== -1) return { result, kind: 'result', other };
  }
  return undefined;
}

it('finds the overlap that comparing all pairs finds first', () => {
  const kinds = { operand: 0, result: 0, none: 0 };
  for (let seed = 0; seed < 600; seed++) {
    const random = randomNumbers(seed);
    const below = (limit: number): number => Math.floor(random() * limit);
    const extents = (count: number): readonly (Bytes | undefined)[] =>
      Array.from({ length: count }, () => {
        const start = below(60);
        return below(8) === 0
          ? undefined
          : { space: below(4) - 1, start, end: start + below(below(5) === 0 ? 40 : 8) };
      });
    const [operands, results] = [extents(8), extents(5)];
    const allowed = (result: number, operand: number): boolean => (result + operand) % 3 !== 0;
    const found = firstOverlap(operands, results, allowed);
    expect(found, `seed ${seed}`).toEqual(firstOfAllPairs(operands, results, allowed));
    kinds[found?.kind ?? 'none']++;
  }
  expect(Math.min(...Object.values(kinds))).toBeGreaterThan(20);
});

describe('a step of 20,000 operands and results', () => {
  const COUNT = 20_000;
  const bytes = COUNT * 4;
  const buffer = (id: number, kind: PlanBuffer['kind'], offset: number): PlanBuffer => ({
    id,
    kind,
    name: '',
    bytes,
    offset,
    live: [0, 0],
  });
  /** Elements of `buffer`, one after the other; those in `moved` lie at the place of another. */
  const elements = (
    buffer: number,
    value: (i: number) => number,
    moved: ReadonlyMap<number, number>,
  ): readonly TensorRef[] =>
    Array.from({ length: COUNT }, (_, i) => ({
      value: value(i),
      buffer,
      offset: (moved.get(i) ?? i) * 4,
      dtype: 'f32',
      shape: [1],
      strides: [1],
    }));
  const plan = (results: number, moved: ReadonlyMap<number, number>): Plan => ({
    name: 'many',
    backend: 'test',
    flops: 0,
    bytes: 0,
    arenaBytes: Math.ceil(bytes / 64) * 64,
    buffers: [buffer(0, 'state', 0), buffer(1, 'transient', 0)],
    steps: [
      {
        op: 'all_reduce',
        inputs: elements(0, () => 0, new Map()),
        outputs: elements(results, (i) => i + 1, moved),
        workspace: null,
        attrs: {},
        stream: 'comm',
        waits: [],
        phase: 'forward',
        scope: '',
        flops: 0,
        bytes: 0,
      },
    ],
  });
  const each = Array.from({ length: COUNT }, (_, i) => [i, i] as const);
  const inPlace = new Map([['all_reduce', each]]);

  it('passes without an overlap', () => verifyPlan(plan(1, new Map()), inPlace));

  it('is refused for two results in the same bytes', () =>
    expect(() => verifyPlan(plan(1, new Map([[19_000, 7]])), inPlace)).toThrow(
      'step 0 (all_reduce): results 7 and 19000 share bytes',
    ));

  it('is refused for a result over the operand of another', () =>
    expect(() => verifyPlan(plan(0, new Map([[11, 15_000]])), inPlace)).toThrow(
      'result 11 overwrites operand 15000, which all_reduce does not allow',
    ));
});
