import { expect, it } from 'vitest';
import { BatchLoader, mixSamples, sampleSetOf, type SampleSet } from '../src/index.js';

const set = (name: string, count: number): SampleSet =>
  sampleSetOf(
    Array.from({ length: count }, (_, i) => ({
      inputIds: Int32Array.of(1, i, 2),
      labels: Int32Array.of(-100, i, 2),
      source: { file: name, row: i + 1 },
    })),
  );
const places = (samples: SampleSet): string[] =>
  samples.slice().map(({ source }) => `${source.file}${source.row}`);

it('takes from each set by its weight, in order, until the first has no more', () => {
  const { samples, parts } = mixSamples([set('a', 700), set('b', 1000)], { weights: [0.7, 0.3] });
  const from = (name: string): string[] =>
    places(samples).filter((place) => place.startsWith(name));
  expect(from('a')).toEqual(Array.from({ length: 700 }, (_, i) => `a${i + 1}`));
  expect(from('b')).toEqual(Array.from({ length: parts[1]!.samples }, (_, i) => `b${i + 1}`));
  expect(Math.abs(parts[1]!.samples - 300)).toBeLessThan(60);
  expect(parts.map(({ repeated }) => repeated)).toEqual([0, 0]);
  expect(samples.lengths.length).toBe(samples.length);
});

it('repeats the smaller until all were used, and counts it', () => {
  const { samples, parts } = mixSamples([set('a', 10), set('b', 200)], {
    weights: [1, 1],
    stoppingStrategy: 'all_exhausted',
    seed: 1,
  });
  expect(new Set(places(samples)).size).toBe(210);
  expect(parts[1]).toEqual({ samples: 200, repeated: 0 });
  expect(parts[0]!.repeated).toBe(parts[0]!.samples - 10);
  expect(
    places(samples)
      .filter((place) => place.startsWith('a'))
      .slice(8, 12),
  ).toEqual(['a9', 'a10', 'a1', 'a2']);
});

it('depends on the seed alone, and is a set like any other', () => {
  const mixed = (seed: number): SampleSet =>
    mixSamples([set('a', 40), set('b', 40)], { weights: [2, 1], seed }).samples;
  expect(places(mixed(3))).toEqual(places(mixed(3)));
  expect(mixed(3).fingerprint).toBe(mixed(3).fingerprint);
  expect(mixed(3).fingerprint).not.toBe(mixed(4).fingerprint);
  expect(
    new BatchLoader({
      samples: mixed(3),
      globalBatchSize: 4,
      localBatchSize: 2,
      packedSequenceSize: 12,
      shuffle: false,
    })
      .next()
      .microBatch(0).documents.length,
  ).toBe(8);
  expect(() => mixSamples([set('a', 1)], { weights: [0] })).toThrow(
    'needs as many weights above 0',
  );
  expect(() => mixSamples([set('a', 1), set('b', 0)], { weights: [1, 1] })).toThrow(
    'set 2 of the mixture has no samples',
  );
});
