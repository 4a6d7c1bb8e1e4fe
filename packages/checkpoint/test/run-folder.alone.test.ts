// The checkpoints of a run's folder: which names count, what links name, and which of them go when
// there are too many.
import {
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import type * as fileSystem from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { checkpointName, Checkpoints, isLeftover, parseCheckpointName } from '../src/index.js';
import { temporaryFolder } from './support/files.js';

/** Whether the disk has links; and the names that were renamed, old and new. */
const disk = vi.hoisted(() => ({ hasLinks: true, renamed: [] as [from: string, to: string][] }));

vi.mock('node:fs/promises', async (original) => {
  const real: typeof fileSystem = await original();
  return {
    ...real,
    symlink: async (...given: Parameters<typeof real.symlink>) => {
      if (!disk.hasLinks) throw Object.assign(new Error('no links'), { code: 'EPERM' });
      await real.symlink(...given);
    },
    rename: async (from: string, to: string) => {
      disk.renamed.push([from, to]);
      await real.rename(from, to);
    },
  };
});

beforeEach(() => {
  disk.hasLinks = true;
  disk.renamed.length = 0;
});

/** A fence that always lets through. */
const ownFolder = (): Promise<void> => Promise.resolve();

/** Publishes a checkpoint of one small file for each step, in that order. */
async function published(...steps: readonly number[]): Promise<Checkpoints> {
  const checkpoints = new Checkpoints(await temporaryFolder(), ownFolder);
  for (const step of steps) await publish(checkpoints, step);
  return checkpoints;
}
const publish = (checkpoints: Checkpoints, step: number) =>
  checkpoints.publish({ epoch: Math.floor(step / 10), step }, (directory) =>
    writeFile(join(directory, 'model.txt'), String(step)),
  );
const stepsOf = async (checkpoints: Checkpoints): Promise<number[]> =>
  (await checkpoints.list()).map(({ step }) => step);

test('names carry epoch and step, and nothing else is taken for a checkpoint', () => {
  expect(checkpointName({ epoch: 2, step: 104 })).toBe('epoch_2_step_104');
  expect(parseCheckpointName('epoch_2_step_104')).toEqual({ epoch: 2, step: 104 });
  for (const name of [
    'epoch_02_step_1',
    'epoch_0_step_1.tmp-12-ab',
    'old_epoch_0_step_1',
    'epoch_0_step_',
    'epoch_0_step_-1',
    'LATEST',
  ])
    expect(parseCheckpointName(name)).toBeUndefined();
});

test('checkpoints are listed by their step as a number, without unfinished ones', async () => {
  const checkpoints = await published(100, 9, 20);
  await mkdir(join(checkpoints.directory, 'epoch_0_step_3.tmp-12-ab'));
  expect(await checkpoints.list()).toEqual(
    [9, 20, 100].map((step) => {
      const name = `epoch_${Math.floor(step / 10)}_step_${step}`;
      return { epoch: Math.floor(step / 10), step, name, path: join(checkpoints.directory, name) };
    }),
  );
  expect(await new Checkpoints(join(checkpoints.directory, 'absent'), ownFolder).list()).toEqual(
    [],
  );
});

test('a checkpoint is never overwritten', async () => {
  const checkpoints = await published(4);
  await expect(publish(checkpoints, 4)).rejects.toMatchObject({
    code: 'conflict',
    location: join(checkpoints.directory, 'epoch_0_step_4'),
  });
});

test.each([
  [0, []],
  [1, [5]],
  [2, [4, 5]],
  [4, [2, 3, 4, 5]],
  [5, [1, 2, 3, 4, 5]],
  [7, [1, 2, 3, 4, 5]],
])('a limit of %i keeps the latest of five checkpoints', async (keep, left) => {
  const checkpoints = await published(1, 2, 3, 4, 5);
  await checkpoints.retain(keep);
  expect(await stepsOf(checkpoints)).toEqual(left);
  expect(await readdir(checkpoints.directory)).toHaveLength(left.length);
});

test('a limit spares what LATEST and LOWEST_VAL name, besides the latest', async () => {
  const checkpoints = await published(1, 2, 3, 4, 5);
  const all = await checkpoints.list();
  await checkpoints.link('LOWEST_VAL', all[1]!);
  await checkpoints.link('LATEST', all[2]!);
  await checkpoints.retain(1);
  expect(await stepsOf(checkpoints)).toEqual([2, 3, 5]);
  await checkpoints.link('LATEST', all[4]!);
  await checkpoints.retain(1);
  expect(await stepsOf(checkpoints)).toEqual([2, 5]);
});

test('a link to nothing does not keep old checkpoints from being removed', async () => {
  const checkpoints = await published(1, 2, 3);
  await symlink('epoch_7_step_70', join(checkpoints.directory, 'LOWEST_VAL'), 'dir');
  await checkpoints.retain(2);
  expect(await stepsOf(checkpoints)).toEqual([2, 3]);
});

test('a checkpoint loses its name before its files, so that half of one has no name', async () => {
  const checkpoints = await published(1, 2);
  disk.renamed.length = 0;
  await checkpoints.retain(1);
  expect(disk.renamed).toEqual([
    [
      join(checkpoints.directory, 'epoch_0_step_1'),
      expect.stringMatching(/epoch_0_step_1\.removing-[0-9a-f]{8}$/) as string,
    ],
  ]);
});

test('a link is replaced by a rename, is relative, and goes where the folder goes', async () => {
  const checkpoints = await published(1, 2);
  const [first, second] = await checkpoints.list();
  await checkpoints.link('LATEST', first!);
  disk.renamed.length = 0;
  await checkpoints.link('LATEST', second!);
  expect(disk.renamed.map(([, to]) => to)).toEqual([join(checkpoints.directory, 'LATEST')]);
  expect(await readlink(join(checkpoints.directory, 'LATEST'))).toBe('epoch_0_step_2');
  expect(await checkpoints.linked('LATEST')).toEqual(second);
  expect(await checkpoints.linked('LOWEST_VAL')).toBeUndefined();
  const moved = new Checkpoints(`${checkpoints.directory}-moved`, ownFolder);
  await rename(checkpoints.directory, moved.directory);
  expect(await moved.linked('LATEST')).toMatchObject({ name: 'epoch_0_step_2' });
  await rename(moved.directory, checkpoints.directory);
});

test('a disk without links gets text files, which are read and spared as links are', async () => {
  const checkpoints = await published(1, 2, 3);
  disk.hasLinks = false;
  const [first] = await checkpoints.list();
  await checkpoints.link('LOWEST_VAL', first!);
  expect(await readFile(join(checkpoints.directory, 'LOWEST_VAL.txt'), 'utf8')).toBe(
    'epoch_0_step_1\n',
  );
  expect(await checkpoints.linked('LOWEST_VAL')).toEqual(first);
  await checkpoints.retain(1);
  expect(await stepsOf(checkpoints)).toEqual([1, 3]);
});

test('a link to a checkpoint that is gone names those that are there', async () => {
  const checkpoints = await published(1, 2);
  const [first, second] = await checkpoints.list();
  await checkpoints.link('LATEST', second!);
  await rm(second!.path, { recursive: true });
  const link = join(checkpoints.directory, 'LATEST');
  await expect(checkpoints.linked('LATEST')).rejects.toMatchObject({
    code: 'missing-file',
    message: `${link}: points to epoch_0_step_2, which is not there`,
    hint: `name one yourself: ${first!.name}`,
  });
});

test('cleaning removes what an interrupted run left, and nothing of a person', async () => {
  const checkpoints = await published(1);
  const leftovers = [
    'epoch_0_step_2.tmp-12-0a1b2c3d',
    'epoch_0_step_2.tmp-12-0a1b2c3d-old',
    'epoch_0_step_2.removing-0a1b2c3d',
    'LATEST.new-0a1b2c3d',
    'LOWEST_VAL.txt.new-0a1b2c3d',
    'metrics.jsonl.new-0a1b2c3d',
    'report.json.new-0a1b2c3d',
    'report.html.new-0a1b2c3d',
    '.saving',
    '.saving.tmp-12-0a1b2c3d',
  ];
  const kept = ['epoch_0_step_2.tmp', 'LATEST.new', 'notes.removing-0a1b2c3d', '.saving2'];
  for (const name of [...leftovers, ...kept]) await mkdir(join(checkpoints.directory, name));
  expect(leftovers.filter((name) => !isLeftover(name))).toEqual([]);
  await checkpoints.clean();
  expect((await readdir(checkpoints.directory)).sort()).toEqual([...kept, 'epoch_0_step_1'].sort());
});
