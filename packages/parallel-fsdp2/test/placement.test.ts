// Which rows of a parameter each rank holds: padded last pieces, pieces that are padding only, and
// numbers, which are one row.
import { describe, expect, test } from 'vitest';
import { rowsPerShard, shardPlacement, shardsOf } from '../src/placement.js';

const cut = (shape: readonly number[], count: number) =>
  shardPlacement({ shape }, shardsOf({ count, inner: 1, defers: false }));
const boxes = (shape: readonly number[], count: number, ranks = count) =>
  Array.from({ length: ranks }, (_, rank) => cut(shape, count).boxes(rank));

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
    expect(cut([5, 2], 3).shape).toEqual([2, 2]);
    expect(boxes([5, 2], 3)[2]).toEqual([{ start: [4, 0], size: [1, 2], offset: 0 }]);
  });

  test('a piece may be padding only', () => {
    expect(cut([4], 3).shape).toEqual([2]);
    expect(boxes([4], 3)[2]).toEqual([]);
    expect(boxes([1, 3], 4)).toEqual([[{ start: [0, 0], size: [1, 3], offset: 0 }], [], [], []]);
    expect(rowsPerShard(9, { count: 4 })).toBe(3);
    expect(boxes([9], 4)[3]).toEqual([]);
  });

  test('a number without dimensions is held by one', () => {
    expect(cut([], 2)).toMatchObject({ shape: [1], cutAlong: ['dp_shard'] });
    expect(boxes([], 2)).toEqual([[{ start: [], size: [], offset: 0 }], []]);
  });

  test('ranks of another copy hold the same pieces', () => {
    const [first, second, third, fourth] = boxes([5, 2], 2, 4);
    expect([third, fourth]).toEqual([first, second]);
  });

  test('groups that keep a copy between them hold larger pieces of consecutive rows', () => {
    const shards = shardsOf({ count: 6, inner: 2, defers: false });
    const starts = [0, 1, 2, 3, 4, 5].map(
      (rank) => shardPlacement({ shape: [12] }, shards).boxes(rank)[0]!.start[0],
    );
    // rank = 2 * group + place in it: those with place 0 have the first half of the rows
    expect(starts).toEqual([0, 6, 2, 8, 4, 10]);
    expect(shardPlacement({ shape: [12] }, shards).cutAlong).toEqual([
      'dp_shard',
      'dp_shard_inner',
    ]);
  });

  test('whole gradients are as large as all pieces together', () => {
    const shards = shardsOf({ count: 3, inner: 1, defers: true });
    expect(shardPlacement({ shape: [5, 2] }, shards).unreduced).toEqual([6, 2]);
    expect(shardPlacement({ shape: [5, 2] }, { ...shards, defers: false }).unreduced).toBe(
      undefined,
    );
  });
});
