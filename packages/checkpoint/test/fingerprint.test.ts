// What makes two model folders differ for a run that is continued: config, layout, and bytes
// anywhere in a file; the place of a folder and its other files do not.
import { cp, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { fingerprintFolder, HuggingFaceFolder, sourceOfArray } from '../src/index.js';
import { temporaryFolder } from './support/files.js';
import { CONFIG, EMBEDDING, writeFolder } from './support/folders.js';

const SINGLE = 'model.safetensors';
const ROWS = 20_000; // of 32 bytes: more than the samples cover
let base: string;

const table = (name: string, shape: readonly number[] = [ROWS, 8]) =>
  sourceOfArray(name, 'f32', shape, new Float32Array(ROWS * 8).fill(1));

const printOf = async (directory: string): Promise<string> =>
  fingerprintFolder(await HuggingFaceFolder.open(directory));

beforeEach(async () => {
  base = await writeFolder(join(await temporaryFolder(), 'base'), { [SINGLE]: [table(EMBEDDING)] });
});

/** A copy of the folder with a byte of its weights changed, counted from the end where negative. */
async function changedAt(position: number): Promise<string> {
  const copy = join(await temporaryFolder(), 'copy');
  await cp(base, copy, { recursive: true });
  const handle = await open(join(copy, SINGLE), 'r+');
  const { size } = await handle.stat();
  await handle.write(Buffer.of(7), 0, 1, position < 0 ? size + position : position);
  await handle.close();
  return copy;
}

test('a copy elsewhere has the same one, with other files beside it too', async () => {
  const copy = join(await temporaryFolder(), 'copy');
  await cp(base, copy, { recursive: true });
  await writeFile(join(copy, 'README.md'), 'about the model');
  expect(await printOf(copy)).toBe(await printOf(base));
  expect(await printOf(base)).toMatch(/^[0-9a-f]{32}$/);
});

test.each([1000, -1])('another byte at %i gives another one', async (position) => {
  expect(await printOf(await changedAt(position))).not.toBe(await printOf(base));
});

test('another config, name of a tensor, shape or number of bytes gives another one', async () => {
  const others = await Promise.all([
    writeFolder(join(await temporaryFolder(), 'a'), { [SINGLE]: [table(EMBEDDING)] }, `${CONFIG} `),
    writeFolder(join(await temporaryFolder(), 'b'), { [SINGLE]: [table('another.weight')] }),
    writeFolder(join(await temporaryFolder(), 'c'), { [SINGLE]: [table(EMBEDDING, [8, ROWS])] }),
    writeFolder(join(await temporaryFolder(), 'd'), {
      [SINGLE]: [table(EMBEDDING), sourceOfArray('bias', 'f32', [1], Float32Array.of(1))],
    }),
  ]);
  const prints = await Promise.all([base, ...others].map(printOf));
  expect(new Set(prints).size).toBe(prints.length);
});
