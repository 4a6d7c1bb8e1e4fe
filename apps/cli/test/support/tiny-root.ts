// A temporary folder with the tiny model and its rows, for the tests of one file.
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { writeTinyFolder } from './tiny-folder.js';

/** Made before the tests, removed after them; what is returned says where it is. */
export function tinyRoot(): () => string {
  let root: string;
  beforeAll(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-cli-')));
    await writeTinyFolder(root);
  });
  afterAll(() => rm(root, { recursive: true, force: true }));
  return () => root;
}
