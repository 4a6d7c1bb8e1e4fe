// Meshes as each of their processes sees them, and refusals that name the key.
import type { Mesh } from '@automodel/contracts';
import { describe, expect, test } from 'vitest';
import { createMesh, sizeOption } from '../../src/index.js';

const places = (of: (mesh: Mesh) => number): readonly number[] =>
  Array.from({ length: 6 }, (_, rank) =>
    of(createMesh({ dp_replicate: 2, dp_shard: 3 }, { size: 6, rank })),
  );

describe('createMesh', () => {
  test('2 x 3: ranks count along the innermost axis first', () => {
    expect(places(({ axes }) => axes.dp_replicate.rank)).toEqual([0, 0, 0, 1, 1, 1]);
    expect(places(({ axes }) => axes.dp_shard.rank)).toEqual([0, 1, 2, 0, 1, 2]);
    expect(places(({ rank }) => rank)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('every process along the data axes reads data of its own', () => {
    expect(places(({ data }) => data.rank)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(places(({ data }) => data.size)).toEqual(Array(6).fill(6));
  });

  test('axes that are left out have one process', () => {
    const { axes } = createMesh({ dp_shard: 2, tp: 1 }, { size: 2, rank: 1 });
    const one = { size: 1, rank: 0 };
    expect(axes).toEqual({
      pp: one,
      dp_replicate: one,
      dp_shard: { size: 2, rank: 1 },
      dp_shard_inner: one,
      cp: one,
      tp: one,
    });
  });

  test.each([
    ['pp', 'pipeline'],
    ['cp', 'context'],
    ['tp', 'tensor'],
  ])('refuses %s above 1 by its key', (axis, what) => {
    expect(() => createMesh({ [axis]: 2 }, { size: 2, rank: 0 })).toThrow(
      expect.objectContaining({
        code: 'bad-recipe',
        location: `distributed.${axis}_size`,
        said: `${what} parallelism is not available yet`,
      }),
    );
  });

  test.each([
    [{ dp_shard: 3 }, 4, 'the sizes multiply to 3, and 4 processes run'],
    [{ dp_replicate: 2, dp_shard: 2 }, 2, 'the sizes multiply to 4, and 2 processes run'],
    [{ dp_shard: 2 }, 1, 'the sizes multiply to 2, and 1 process runs'],
  ])('refuses %j for %i processes', (sizes, size, said) => {
    expect(() => createMesh(sizes, { size, rank: 0 })).toThrow(
      expect.objectContaining({ code: 'bad-recipe', location: 'distributed', said }),
    );
  });
});

describe('sizeOption', () => {
  test('reads a number of processes', () => {
    expect(sizeOption({ dp_replicate_size: 4 }, 'dp_replicate_size')).toBe(4);
  });

  test.each([{}, { dp_replicate_size: null }])('%j: left out', (options) => {
    expect(sizeOption(options, 'dp_replicate_size')).toBeUndefined();
  });

  test.each([0, -1, 1.5, '2', true, NaN])('refuses %j by its key', (value) => {
    expect(() => sizeOption({ dp_replicate_size: value }, 'dp_replicate_size')).toThrow(
      'distributed.dp_replicate_size: must be a whole number from 1 on',
    );
  });
});
