import { appendFile, mkdtemp, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { GrowingFile } from '../src/watch/growing-file.js';

let path: string;
let file: GrowingFile;
beforeEach(async () => {
  path = join(await mkdtemp(join(tmpdir(), 'automodel-growing-')), 'metrics.jsonl');
  file = new GrowingFile(path);
});

test('a file that is not there yet has no lines', async () => {
  expect(await file.news()).toEqual({ lines: [], anew: false });
});

test('only new lines are read, and a line only when it is complete', async () => {
  await writeFile(path, 'one\ntwo\nthr');
  expect(await file.news()).toEqual({ lines: ['one', 'two'], anew: false });
  expect(await file.news()).toEqual({ lines: [], anew: false });
  await appendFile(path, 'ee\n');
  expect(await file.news()).toEqual({ lines: ['three'], anew: false });
});

test('a file that was cut and has grown past its old end is read from the beginning', async () => {
  await writeFile(path, 'step 1\nstep 2\nstep 3\n');
  await file.news();
  await truncate(path, 'step 1\n'.length);
  await appendFile(path, 'other 2\nother 3\nother 4\n');
  expect(await file.news()).toEqual({
    lines: ['step 1', 'other 2', 'other 3', 'other 4'],
    anew: true,
  });
});

test('a file that was cut and not written again is read from the beginning', async () => {
  await writeFile(path, 'step 1\nstep 2\n');
  await file.news();
  await truncate(path, 'step 1\n'.length);
  expect(await file.news()).toEqual({ lines: ['step 1'], anew: true });
});
