// What processes of a run share on disk: a folder that not all of them see is refused, by name, and
// what one machine needs once is made by one of its processes.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostGroup } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { simulatedRanks } from '@automodel/testing';
import { expect, onTestFinished, test } from 'vitest';
import { checkSameStart } from '../src/checkpoints/same-start.js';
import { checkShared } from '../src/folder/check-shared.js';
import { leadersFirst } from '../src/open/leaders-first.js';

const hosts = (size: number): readonly HostGroup[] =>
  simulatedRanks([{ name: 'dp_replicate', size }]).map(({ host }) => host);

/** What came of it in each process: an error's message, or what was given. */
const settled = <T>(
  all: readonly HostGroup[],
  work: (host: HostGroup) => Promise<T>,
): Promise<readonly (T | string)[]> =>
  Promise.all(all.map((host) => work(host).catch((error: Error) => error.message)));

async function machines(count: number): Promise<readonly string[]> {
  const root = await mkdtemp(join(tmpdir(), 'automodel-shared-disk-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const folders = Array.from({ length: count }, (_, i) => join(root, `machine${i}`));
  for (const folder of folders) await mkdir(folder);
  return folders;
}

test('a folder that all see passes, and nothing is left in it', async () => {
  const [folder = ''] = await machines(1);
  expect(await settled(hosts(3), (host) => checkShared(folder, host))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(await readdir(folder)).toEqual([]);
});

test('ranks with a folder of their own are named in all of them', async () => {
  const folders = await machines(3);
  const ofRank = [0, 0, 1, 2];
  const errors = await settled(hosts(4), (host) => checkShared(folders[ofRank[host.rank]!]!, host));
  errors.forEach((error) =>
    expect(error).toContain('ranks 2, 3 of 4 do not see this folder as rank 0 does'),
  );
  for (const folder of folders) expect(await readdir(folder)).toEqual([]);
});

test('a first process that cannot write says so in all', async () => {
  const errors = await settled(hosts(2), (host) => checkShared('/nowhere/at/all', host));
  for (const error of errors) expect(error).toContain('/nowhere/at/all: rank 0: cannot be written');
});

test('a checkpoint that is another one on another machine is refused', async () => {
  const start = (nextStep: number) =>
    ({ kind: 'resumed', point: { path: '/runs/a', state: { nextStep } } }) as const;
  const errors = await settled(hosts(3), (host) =>
    checkSameStart(start(host.rank === 1 ? 4 : 8), host),
  );
  for (const error of errors)
    expect(error).toBe('/runs/a: rank 1 of 3 finds another checkpoint there than rank 0 does');
  const same = await settled(hosts(3), (host) => checkSameStart(start(8), host));
  expect(same).toEqual([undefined, undefined, undefined]);
});

/** Two machines of two processes each. */
const twoMachines = (): readonly HostGroup[] =>
  hosts(4).map((host) => ({ ...host, local: { size: 2, rank: host.rank % 2 } }));

test('leaders work first, then the others find what they made', async () => {
  const folders = await machines(2);
  const seen = await settled(twoMachines(), (host) =>
    leadersFirst(host, async () => {
      const folder = folders[Math.floor(host.rank / 2)]!;
      const found = await readdir(folder);
      if (found.length === 0) await writeFile(join(folder, 'samples'), '');
      return found.length === 0 ? 'made' : 'found';
    }),
  );
  expect(seen).toEqual(['made', 'found', 'made', 'found']);
});

test('a leader that fails ends the others before they begin', async () => {
  const begun: number[] = [];
  const errors = await settled(twoMachines(), (host) =>
    leadersFirst(host, () => {
      begun.push(host.rank);
      return host.rank === 2
        ? Promise.reject(new AutomodelError('network', 'the hub does not answer'))
        : Promise.resolve('read');
    }),
  );
  expect(begun).toEqual([0, 2]);
  expect(errors).toEqual(new Array(4).fill('rank 2: the hub does not answer'));
});
