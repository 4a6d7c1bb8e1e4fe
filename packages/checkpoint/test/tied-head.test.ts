// A head is compared with its embedding to the last byte, however the two come in pieces: a head
// that differs anywhere must never be left out.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HuggingFaceFolder, saveHuggingFaceFolder, type TensorSource } from '../src/index.js';
import { temporaryFolder } from './support/files.js';
import { CONFIG, EMBEDDING, HEAD, writeFolder } from './support/folders.js';

const BYTES = 64;

/** A tensor of zeros with a one at `changed`, given in pieces of `size` bytes. */
const inPieces = (name: string, size: number, changed?: number): TensorSource => ({
  name,
  storageType: 'F32',
  shape: [4, 4],
  *chunks() {
    const bytes = new Uint8Array(BYTES);
    if (changed !== undefined) bytes[changed] = 1;
    for (let at = 0; at < BYTES; at += size) yield bytes.subarray(at, at + size);
  },
});

/** Names of the tensors that a tied config makes one. */
const tying = { head: HEAD, embedding: EMBEDDING };

async function hasHead(embedding: TensorSource, head: TensorSource): Promise<boolean> {
  const root = await temporaryFolder();
  const config = CONFIG.replace('false', 'true');
  const folder = await writeFolder(join(root, 'base'), {}, config);
  const base = await HuggingFaceFolder.open(folder, { withoutWeights: true });
  const directory = join(root, 'out');
  await saveHuggingFaceFolder({ directory, base, tensors: [embedding, head], tying });
  return (await HuggingFaceFolder.open(directory)).weights.has(HEAD);
}

test.each([
  [64, 64],
  [16, 16],
  [7, 16],
  [64, 5],
])('pieces of %i and %i bytes: equal to the last byte, or written', async (ours, theirs) => {
  expect(await hasHead(inPieces(EMBEDDING, ours), inPieces(HEAD, theirs))).toBe(false);
  for (const changed of [0, 17, BYTES - 1])
    expect(await hasHead(inPieces(EMBEDDING, ours), inPieces(HEAD, theirs, changed))).toBe(true);
});
