// How a folder is published: what is flushed before the rename and what after it, and what stands
// at the place when one of the renames fails.
import type * as fileSystem from 'node:fs/promises';
import { mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import {
  checkPublishTarget,
  MARKER_FILE,
  publishDirectory,
  sourceOfArray,
  writeSafetensors,
} from '../src/index.js';
import { temporaryFolder } from './support/files.js';

/** Flushes and renames in their order; a rename that `fails` accepts is refused by the disk. */
const disk = vi.hoisted(() => ({
  calls: [] as { readonly call: 'sync' | 'rename'; readonly path: string; readonly size: number }[],
  fails: (_from: string, _to: string): boolean => false,
}));

vi.mock('node:fs/promises', async (original) => {
  const real: typeof fileSystem = await original();
  return {
    ...real,
    open: async (...given: Parameters<typeof real.open>) => {
      const handle = await real.open(...given);
      const sync = handle.sync.bind(handle);
      handle.sync = async () => {
        const { size } = await handle.stat();
        disk.calls.push({ call: 'sync', path: String(given[0]), size });
        await sync();
      };
      return handle;
    },
    rename: async (from: string, to: string) => {
      disk.calls.push({ call: 'rename', path: from, size: 0 });
      if (disk.fails(from, to))
        throw Object.assign(new Error('EIO: i/o error, rename'), {
          code: 'EIO',
          syscall: 'rename',
        });
      await real.rename(from, to);
    },
  };
});

const canFlushFolders = process.platform !== 'win32';

beforeEach(() => {
  disk.calls.length = 0;
  disk.fails = () => false;
});

/** Fills a folder with one file of that text, and one below another folder. */
const filling =
  (text: string) =>
  async (directory: string): Promise<void> => {
    await writeFile(join(directory, 'model.txt'), text);
    await mkdir(join(directory, 'state'));
    await writeFile(join(directory, 'state/optimizer.txt'), `${text} of the optimizer`);
  };

test('files and folders are flushed, then renamed, then the folder above is flushed', async () => {
  const root = await temporaryFolder();
  await publishDirectory(join(root, 'out'), filling('new'));
  const renamed = disk.calls.findIndex(({ call }) => call === 'rename');
  const built = disk.calls[renamed]!.path;
  const flushed = new Map(
    disk.calls.slice(0, renamed).map(({ path, size }) => [relative(built, path), size]),
  );
  const folders = canFlushFolders ? ['', 'state'] : [];
  expect([...flushed.keys()].sort()).toEqual(
    [...folders, MARKER_FILE, 'model.txt', join('state', 'optimizer.txt')].sort(),
  );
  for (const file of [MARKER_FILE, 'model.txt', join('state', 'optimizer.txt')])
    expect(flushed.get(file)).toBe((await readFile(join(root, 'out', file))).length);
  expect(disk.calls.slice(renamed + 1).map(({ call, path }) => [call, path])).toEqual(
    canFlushFolders ? [['sync', root]] : [],
  );
});

test('a safetensors file is flushed when its last byte is written', async () => {
  const path = join(await temporaryFolder(), 'model.safetensors');
  await writeSafetensors(path, [sourceOfArray('a', 'f32', [2], Float32Array.of(1, 2))]);
  expect(disk.calls).toEqual([{ call: 'sync', path, size: (await readFile(path)).length }]);
});

test.each([
  ['set aside', (from: string) => from.endsWith('out')],
  ['replaced', (from: string, to: string) => to.endsWith('out') && !from.endsWith('-old')],
])('a folder that cannot be %s stays as it was', async (_, fails) => {
  const root = await temporaryFolder();
  await publishDirectory(join(root, 'out'), filling('old'));
  disk.fails = fails;
  await expect(publishDirectory(join(root, 'out'), filling('new'))).rejects.toMatchObject({
    code: 'io',
    location: join(root, 'out'),
    message: expect.stringContaining('i/o error') as string,
  });
  expect(await readdir(root)).toEqual(['out']);
  expect(await readFile(join(root, 'out/model.txt'), 'utf8')).toBe('old');
});

test('a folder that was replaced leaves nothing beside the new one', async () => {
  const root = await temporaryFolder();
  for (const text of ['old', 'new']) await publishDirectory(join(root, 'out'), filling(text));
  expect(await readdir(root)).toEqual(['out']);
  expect(await readFile(join(root, 'out/model.txt'), 'utf8')).toBe('new');
  expect(JSON.parse(await readFile(join(root, 'out', MARKER_FILE), 'utf8'))).toEqual({
    written_by: 'automodel',
    files: ['model.txt', 'state/optimizer.txt'],
  });
});

test('a file that appears while the folder is being filled is not lost', async () => {
  const root = await temporaryFolder();
  const out = join(root, 'out');
  await expect(
    publishDirectory(out, async (directory) => {
      await filling('new')(directory);
      await mkdir(out);
      await writeFile(join(out, 'notes.txt'), 'mine');
    }),
  ).rejects.toMatchObject({ code: 'conflict', location: out });
  expect(await readdir(root)).toEqual(['out']);
  expect(await readdir(out)).toEqual(['notes.txt']);
});

test('a link at the place keeps pointing at the folder that is replaced', async () => {
  const root = await temporaryFolder();
  await publishDirectory(join(root, 'real'), filling('old'));
  await symlink('real', join(root, 'out'), 'dir');
  await publishDirectory(join(root, 'out'), filling('new'));
  expect(await readlink(join(root, 'out'))).toBe('real');
  expect(await readFile(join(root, 'real/model.txt'), 'utf8')).toBe('new');
});

test('a file that the marker does not list makes a folder foreign, one below it too', async () => {
  const out = join(await temporaryFolder(), 'out');
  await publishDirectory(out, filling('old'));
  await checkPublishTarget(out);
  await writeFile(join(out, 'state/notes.txt'), 'mine');
  await expect(checkPublishTarget(out)).rejects.toThrow('(state/notes.txt)');
  await checkPublishTarget(out, { overwrite: true });
});
