// Axes of a batch beside tokens and documents: what packs, loaders and streams have room for.
import type { BatchColumn } from '@automodel/contracts';
import { describe, expect, it } from 'vitest';
import {
  BatchLoader,
  buildRectangle,
  packSamples,
  sampleSetOf,
  type Sample,
} from '../src/index.js';
import { entryLimits } from '../src/batches/entry-limits.js';

/** Samples of three tokens and as many patches as is said. */
const withPatches = (...patches: number[]): Sample[] =>
  patches.map((count, i) => ({
    inputIds: Int32Array.of(1, 2, 3),
    labels: Int32Array.of(-100, 2, 3),
    source: { file: 'data.jsonl', row: i + 1 },
    ...(count > 0 && {
      columns: {
        pixels: {
          dtype: 'f32',
          per: 'patch',
          width: 2,
          values: new Float32Array(2 * count).fill(i),
        },
      },
    }),
  }));
const modelColumn: BatchColumn = { column: 'pixels', dtype: 'f32', per: 'patch', width: 2 };

describe('packs', () => {
  const packsOf = (samples: Sample[], limits: Record<string, number>, strategy: 'thd' | 'neat') => {
    const { count, starts, members } = packSamples(samples, 100, { limits, strategy });
    return Array.from({ length: count }, (_, i) => [...members.subarray(starts[i], starts[i + 1])]);
  };

  it('hold no more entries of an axis than they may', () => {
    const samples = withPatches(2, 3, 0, 1, 5, 1);
    for (const strategy of ['thd', 'neat'] as const) {
      const packs = packsOf(samples, { patch: 5 }, strategy);
      expect(packs.flat().sort()).toEqual([0, 1, 2, 3, 4, 5]);
      for (const pack of packs)
        expect(
          pack.reduce((sum, i) => sum + (samples[i]!.columns?.['pixels']?.values.length ?? 0), 0),
        ).toBeLessThanOrEqual(10);
      expect(packsOf(samples, { document: 2 }, strategy)).toEqual([
        [0, 1],
        [2, 3],
        [4, 5],
      ]);
    }
    expect(packsOf(samples, { patch: 5 }, 'thd')).toEqual([[0, 1, 2], [3], [4], [5]]);
    expect(() => packSamples(samples, 100, { limits: { patch: 4 } })).toThrow(
      'data.jsonl:5: this row has 5 entries per patch, more than the 4 that a batch has room for',
    );
  });
});

describe('a loader', () => {
  const loader = (
    samples: readonly Sample[],
    more: Partial<ConstructorParameters<typeof BatchLoader>[0]> = {},
  ): BatchLoader =>
    new BatchLoader({ samples, globalBatchSize: 2, localBatchSize: 2, shuffle: false, ...more });

  it('has room for the most entries that two samples, or packs, can have', () => {
    const samples = withPatches(2, 3, 0, 1);
    expect(loader(samples).capacity).toEqual({ token: 6, document: 2, patch: 6 });
    expect(loader(samples, { packedSequenceSize: 7 }).capacity).toEqual({
      token: 14,
      document: 4,
      patch: 10,
    });
    const { used } = loader(samples).next().microBatch(0);
    expect(used).toEqual({ token: 6, document: 2, patch: 5 });
    expect(() => loader(samples, { capacity: { patch: 5 } })).toThrow(
      'a micro-batch capacity of 5 entries per patch is too small: this data needs 6',
    );
  });

  it('counts what the model counts', () => {
    const token: BatchColumn = { column: 'input_ids', dtype: 'i32', per: 'token', width: 1 };
    expect(loader(withPatches(2, 3), { columns: [token] }).capacity).toEqual({
      token: 6,
      document: 2,
    });
    expect(loader(withPatches(0, 0), { columns: [token, modelColumn] }).capacity).toEqual({
      token: 6,
      document: 2,
      patch: 1,
    });
  });

  it('refuses columns that are not what the model reads', () => {
    expect(() => loader(withPatches(2, 3), { columns: [{ ...modelColumn, width: 4 }] })).toThrow(
      'the model reads 4 f32 per patch as pixels, and the data brings 2 f32 per patch',
    );
    expect(() =>
      loader(withPatches(2, 3), { columns: [{ ...modelColumn, column: 'pixel' }] }),
    ).toThrow('the model reads a column pixel per patch, and the data brings pixels');
    loader(withPatches(2, 3), {
      columns: [{ ...modelColumn, column: 'pixel', fill: () => new Float32Array(0) }],
    });
  });

  it('counts further axes of fixed rows too', () => {
    const rectangle = { rows: 2, columns: 4, padTokenId: 0, source: 'graph.json' };
    const { capacity } = loader(withPatches(2, 3, 1), { rectangle, columns: [modelColumn] });
    expect(capacity).toEqual({ token: 8, document: 2, patch: 6 });
    expect(buildRectangle(withPatches(2, 3), rectangle, { patch: 5 }).used).toEqual({
      token: 6,
      document: 2,
      patch: 5,
    });
    expect(() => buildRectangle(withPatches(2, 3), rectangle, { patch: 4 })).toThrow(
      'data.jsonl:2: a micro-batch of 4 entries per patch, 8 tokens and 2 documents has no room ' +
        'for this row of 3 entries per patch and 3 tokens',
    );
  });

  it('of a stream has room for rows as dense as the first ones', () => {
    expect(entryLimits([modelColumn], sampleSetOf(withPatches(2, 1)), 100)).toEqual({ patch: 67 });
    expect(entryLimits([modelColumn], sampleSetOf(withPatches(0)), 100)).toEqual({ patch: 1 });
    expect(entryLimits([], undefined, 100)).toEqual({});
    expect(() => entryLimits([modelColumn], undefined, 100)).toThrow(
      'streaming needs the first rows: how many entries per patch a batch has is not known ahead',
    );
  });
});
