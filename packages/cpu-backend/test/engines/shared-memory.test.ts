// The engine `shared-memory` with real processes: the bits of the reference, and how each rank ends
// when another one dies, stops or does something else.
import process from 'node:process';
import type { RankAxis } from '@automodel/core';
import { afterAll, describe, expect, it } from 'vitest';
import { RankProcesses } from './rank-processes.js';

const ranks = new RankProcesses(4, new URL('rank.ts', import.meta.url), {
  execArgv: ['--import', 'tsx', '--conditions=@automodel/source'],
});
afterAll(() => ranks.close());

const shard = (size: number): readonly RankAxis[] => [{ name: 'dp_shard', size }];

/** How a job ends in each of these processes. */
async function ends(
  job: string,
  members: readonly number[],
  axes = shard(members.length),
  threads = 1,
): Promise<readonly (string | undefined)[]> {
  const results = ranks.call(job, { engine: 'shared-memory', axes, threads }, members);
  return (await Promise.all(results)).map(({ error }) => error);
}

const both: readonly RankAxis[] = [
  { name: 'dp_replicate', size: 2 },
  { name: 'dp_shard', size: 2 },
];

describe.skipIf(process.platform === 'win32')('the engine shared-memory', () => {
  it.each([
    [[0], shard(1), 2],
    [[0, 1], shard(2), 2],
    [[2, 1, 0], shard(3), 1],
    [[0, 1, 2, 3], shard(4), 1],
    [[3, 1, 2, 0], both, 1],
  ])('gives processes %j the bits of the reference', async (members, axes, threads) => {
    expect(await ends('conformance', members, axes, threads)).toEqual(members.map(() => undefined));
  });

  it('ends the runs of all ranks when one is told to stop', async () => {
    const [stopped, other] = await ends('stopped', [0, 1]);
    expect(stopped).toContain('this one left them');
    expect(other).toContain('rank 0 has left program endless');
  });

  it('refuses plans that differ, naming the ranks', async () => {
    for (const error of await ends('plans', [0, 1, 2]))
      expect(error).toContain('rank 0 runs plan, rank 1 another plan');
  });

  it('refuses plans in different orders', async () => {
    const [first, second] = await ends('order', [0, 1]);
    expect(first).toMatch(/runs all_reduce over dp_shard, step \d+ of program first, rank 1 does/);
    expect(second).toMatch(
      /runs all_reduce over dp_shard, step \d+ of program second, rank 0 does/,
    );
  });

  it('says when there is not enough memory', async () => {
    const text = 'weights: 1125899906842624 bytes cannot be allocated';
    for (const error of await ends('memory', [0, 1])) expect(error).toContain(text);
  });

  it('refuses processes on other machines, in all ranks', async () => {
    for (const error of await ends('elsewhere', [0, 1]))
      expect(error).toMatch(/rank [01] runs in another container .*choose the engine mpi/);
  });

  it('is connected before anything is allocated', async () => {
    for (const error of await ends('late', [0, 1]))
      expect(error).toContain('before it allocates memory');
  });

  it('ends the runs of all others when a process is killed', async () => {
    for (const [job, members] of [
      ['forever', [0, 1, 2, 3]],
      ['absent', [0, 1, 2]],
      ['forever', [0, 1]],
    ] as const) {
      const last = members.length - 1;
      const running = Promise.all(members.map((member) => ranks.told(member, 'running')));
      const results = ends(job, members);
      await running;
      await ranks.kill(last);
      expect(await results).toEqual(members.map(() => `rank ${last} has ended`));
    }
  });
});
