// A writer whose folder was taken over changes nothing, not even with what it was allowed to do
// just before.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { AutomodelError } from '@automodel/core';
import {
  Checkpoints,
  fencedRemove,
  fencedRename,
  fencedWrite,
  FencedLog,
  isLeftover,
  publishDirectory,
} from '../src/index.js';
import { temporaryFolder } from './support/files.js';

let folder: string;
let allowed: number;
/** Lets through so many times; then the folder is another's. */
const fence = async (): Promise<void> => {
  if (allowed-- <= 0) throw new AutomodelError('conflict', 'taken over');
};
/** The next owner, who removes what others were writing, comes just after the fence was asked. */
const fenceThenOwner = async (): Promise<void> => {
  await fence();
  const owner = new Checkpoints(folder, () => Promise.resolve());
  await owner.clean();
};
const path = (name: string): string => join(folder, name);
const isTakenOver = { code: 'conflict', message: 'taken over' };

beforeEach(async () => {
  folder = await temporaryFolder();
  allowed = 0;
});

test('nothing is put in place, removed or appended to without being asked', async () => {
  await writeFile(path('metrics.jsonl'), 'old\n');
  await expect(fencedWrite(fence, path('recipe.yaml'), 'new')).rejects.toMatchObject(isTakenOver);
  await expect(fencedRemove(fence, path('metrics.jsonl'))).rejects.toMatchObject(isTakenOver);
  await expect(fencedRename(fence, path('metrics.jsonl'), path('moved'))).rejects.toMatchObject(
    isTakenOver,
  );
  await expect(FencedLog.open(path('metrics.jsonl'), fence)).rejects.toMatchObject(isTakenOver);
  await expect(
    publishDirectory(path('epoch_0_step_1'), (built) => writeFile(join(built, 'x'), ''), { fence }),
  ).rejects.toMatchObject(isTakenOver);
  expect(await readdir(folder)).toEqual(['metrics.jsonl']);
  expect(await readFile(path('metrics.jsonl'), 'utf8')).toBe('old\n');
});

test('a line that was allowed before the folder was taken over goes nowhere', async () => {
  allowed = 3;
  await writeFile(path('metrics.jsonl'), 'one\ntwo\n');
  await using frozen = await FencedLog.open(path('metrics.jsonl'), fence);
  await frozen.append('three\n');
  // the next owner keeps the first line
  await using next = await FencedLog.open(path('metrics.jsonl'), () => Promise.resolve(), 4);
  await frozen.append('late\n');
  await next.append('two again\n');
  expect(await readFile(path('metrics.jsonl'), 'utf8')).toBe('one\ntwo again\n');
  expect(await next.size()).toBe(14);
  await expect(frozen.append('later\n')).rejects.toMatchObject(isTakenOver);
});

test('a rename that was allowed before the folder was taken over finds nothing', async () => {
  allowed = 1;
  await expect(fencedWrite(fenceThenOwner, path('recipe.yaml'), 'late')).rejects.toMatchObject(
    isTakenOver,
  );
  allowed = 1;
  await expect(
    publishDirectory(path('epoch_0_step_1'), (built) => writeFile(join(built, 'x'), ''), {
      fence: fenceThenOwner,
    }),
  ).rejects.toMatchObject(isTakenOver);
  expect(await readdir(folder)).toEqual([]);
});

test('what is written beside its place is known as a leftover', async () => {
  for (const name of ['LATEST', 'LATEST.txt', 'metrics.jsonl', 'report.html', '.made-longer']) {
    await writeFile(path('seen'), '');
    const seen: string[] = [];
    await fencedWrite(async () => void seen.push(...(await readdir(folder))), path(name), '');
    expect(seen.filter(isLeftover)).toHaveLength(1);
    expect(isLeftover(name)).toBe(false);
    await rm(path(name));
  }
});
