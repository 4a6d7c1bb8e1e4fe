// What tells data files apart without reading all of them: their sizes and evenly spread blocks.
// Small files are read whole.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { AutomodelError } from '@automodel/core';
import type { DataFile } from '../sources/data-source.js';

const BLOCKS = 64;
const BLOCK_BYTES = 64 << 10;

/**
 * Hexadecimal. Equal files in equal order give equal fingerprints wherever they are stored; an edit
 * that keeps the size of a file of more than 4 MiB may go unseen. Errors: `io`.
 */
export async function fingerprintFiles(files: readonly DataFile[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { path } of files) {
    try {
      await addBlocks(hash, path);
    } catch (cause) {
      throw new AutomodelError(
        'io',
        `the data file cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
        { location: path, cause },
      );
    }
  }
  return hash.digest('hex').slice(0, 16);
}

async function addBlocks(hash: ReturnType<typeof createHash>, path: string): Promise<void> {
  await using handle = await open(path, 'r');
  const { size } = await handle.stat();
  hash.update(`${size}\n`);
  const block = Buffer.alloc(BLOCK_BYTES);
  const count = Math.min(BLOCKS, Math.ceil(size / BLOCK_BYTES));
  for (let i = 0; i < count; i++) {
    const position =
      size <= BLOCKS * BLOCK_BYTES
        ? i * BLOCK_BYTES
        : Math.floor((i * (size - BLOCK_BYTES)) / (BLOCKS - 1));
    const { bytesRead } = await handle.read(block, 0, BLOCK_BYTES, position);
    hash.update(block.subarray(0, bytesRead));
  }
}
