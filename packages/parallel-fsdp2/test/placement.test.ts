// Which rows of a parameter each rank holds: padded last pieces, pieces that are padding only, and
// numbers that stay whole.
import { describe, expect, test } from 'vitest';
import { rowsPerShard, shardPlacement } from '../src/placement.js';

const cut = (shape: readonly number[], count: number) =>
  shardPlacement({ shape }, { count, placeOf: (rank) => rank % count });
const boxes = (shape: readonly number[], count: number, ranks = count) =>
  Array.from({ length: ranks }, (_, rank) => cut(shape, count)?.boxes(rank));

describe('shardPlacement', () => {
  test('rows that divide are cut evenly, whole in all other dimensions', () => {
    expect(cut([6, 5, 2], 3)).toMatchObject({ shape: [2, 5, 2], cutAlong: ['dp_shard'] });
    expect(boxes([6, 5, 2], 3)).toEqual([
      [{ start: [0, 0, 0], size: [2, 5, 2], offset: 0 }],
      [{ start: [2, 0, 0], size: [2, 5, 2], offset: 0 }],
      [{ start: [4, 0, 0], size: [2, 5, 2], offset: 0 }],
    ]);
  });

  test('the last piece is padded: memory has the same shape everywhere', () => {
    expect(cut([5, 2], 3)?.shape).toEqual([2, 2]);
    expect(boxes([5, 2], 3)[2]).toEqual([{ start: [4, 0], size: [1, 2], offset: 0 }]);
  });

  test('a piece may be padding only', () => {
    expect(cut([4], 3)?.shape).toEqual([2]);
    expect(boxes([4], 3)[2]).toEqual([]);
    expect(boxes([1, 3], 4)).toEqual([[{ start: [0, 0], size: [1, 3], offset: 0 }], [], [], []]);
    expect(rowsPerShard(9, { count: 4 })).toBe(3);
    expect(boxes([9], 4)[3]).toEqual([]);
  });

  test('a number without dimensions stays whole', () => {
    expect(cut([], 2)).toBeUndefined();
  });

  test('ranks of another copy hold the same pieces', () => {
    const [first, second, third, fourth] = boxes([5, 2], 2, 4);
    expect([third, fourth]).toEqual([first, second]);
  });
});
