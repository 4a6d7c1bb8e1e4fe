// The engine `shared-memory` with real processes.
import process from 'node:process';
import { afterAll, describe, expect, it } from 'vitest';
import { RankProcesses } from './rank-processes.js';

const ranks = new RankProcesses(4, new URL('rank.ts', import.meta.url), {
  execArgv: ['--import', 'tsx', '--conditions=@automodel/source'],
});
afterAll(() => ranks.close());

const shard = (size: number) => [{ name: 'dp_shard', size }];

describe.skipIf(process.platform === 'win32')('the engine shared-memory', () => {
  it.each([
    [[0], shard(1), 2],
    [[0, 1], shard(2), 2],
    [[2, 1, 0], shard(3), 1],
    [[0, 1, 2, 3], shard(4), 1],
    [
      [3, 1, 2, 0],
      [
        { name: 'dp_replicate', size: 2 },
        { name: 'dp_shard', size: 2 },
      ],
      1,
    ],
  ])('gives processes %j the bits of the reference', async (members, axes, threads) => {
    const argument = { engine: 'shared-memory', axes, threads };
    const ends = await Promise.all(ranks.call('conformance', argument, members));
    expect(ends).toEqual(members.map(() => ({ result: undefined })));
  });
});
