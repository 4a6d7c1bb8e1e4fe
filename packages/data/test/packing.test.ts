// Samples put into packs, and orders of an epoch.
import { describe, expect, it } from 'vitest';
import { packSamples, permutation, type Packs, type Sample } from '../src/index.js';

const sample = (row: number, ids: readonly number[], untrained = 1): Sample => ({
  inputIds: Int32Array.from(ids),
  labels: Int32Array.from(ids, (id, i) => (i < untrained ? -100 : id)),
  source: { file: 'data.jsonl', row },
});
/** A sample of `length` tokens whose ids say which row and position they are. */
const ragged = (lengths: readonly number[]): Sample[] =>
  lengths.map((length, i) =>
    sample(
      i + 1,
      Array.from({ length }, (_, p) => 100 * (i + 1) + p),
    ),
  );

const packsOf = ({ count, starts, members }: Packs): number[][] =>
  Array.from({ length: count }, (_, i) => [...members.subarray(starts[i], starts[i + 1])]);

describe('packSamples', () => {
  it('fills packs tightly when asked to, whatever the lengths, and stops at the most packs', () => {
    expect(packsOf(packSamples(ragged([3, 5, 2, 6, 1]), 8, { strategy: 'neat' }))).toEqual([
      [2, 3],
      [0, 1],
      [4],
    ]);
    let seed = 1;
    const lengths = Array.from(
      { length: 4000 },
      () => 16 + ((seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % 600),
    );
    const samples = lengths.map((length, row) => ({
      inputIds: new Int32Array(length),
      labels: new Int32Array(length),
      source: { file: 'x', row },
    }));
    const neat = packSamples(samples, 2048, { strategy: 'neat' });
    const packs = packsOf(neat);
    expect(packs.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
    for (const pack of packs)
      expect(pack.reduce((sum, i) => sum + lengths[i]!, 0)).toBeLessThanOrEqual(2048);
    expect(neat.tokens).toBe(lengths.reduce((sum, length) => sum + length, 0));
    expect(neat.tokens / (neat.count * 2048)).toBeGreaterThan(0.97);
    const some = packSamples(samples, 2048, { strategy: 'neat', maxPacks: 7 });
    expect(packsOf(some)).toEqual(packs.slice(0, 7));
  });

  it('packs in order and never splits', () => {
    expect(packsOf(packSamples(ragged([5, 3, 2, 8, 1, 1]), 8))).toEqual([[0, 1], [2], [3], [4, 5]]);
  });

  it('refuses or drops what is longer than a pack', () => {
    expect(() => packSamples(ragged([2, 9]), 8)).toThrow(
      'data.jsonl:2: this row has 9 tokens, more than a pack of 8',
    );
    const packing = packSamples(ragged([2, 9, 3]), 8, { overlong: 'drop' });
    expect([packsOf(packing), packing.dropped]).toEqual([[[0, 2]], [1]]);
  });
});

describe('permutation', () => {
  it('is fixed by seed and epoch', () => {
    expect([...permutation(10, 42, 0)]).toEqual([...permutation(10, 42, 0)]);
    const orders = [
      [42, 0],
      [42, 1],
      [43, 0],
      [42 + 2 ** 32, 0],
    ].map(([seed, epoch]) => permutation(50, seed ?? 0, epoch ?? 0).join());
    expect(new Set(orders).size).toBe(4);
    expect([...permutation(1000, 7, 3)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 1000 }, (_, i) => i),
    );
    expect([...permutation(8, 42, 0)]).toMatchInlineSnapshot(`
      [
        7,
        1,
        3,
        4,
        6,
        0,
        2,
        5,
      ]
    `);
  });

  it('puts every element everywhere about equally often', () => {
    const counts = new Int32Array(25);
    for (let epoch = 0; epoch < 5000; epoch++)
      permutation(5, 1, epoch).forEach(
        (item, place) => (counts[place * 5 + item] = (counts[place * 5 + item] ?? 0) + 1),
      );
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(130);
  });
});
