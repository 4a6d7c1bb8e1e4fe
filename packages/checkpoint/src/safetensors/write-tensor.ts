// Writes what a source gives of a tensor at its place in a file: the whole tensor, or the runs of
// elements that this process holds.
import type { FileHandle } from 'node:fs/promises';
import { AutomodelError } from '@automodel/core';
import { sourceBytes } from './source-bytes.js';
import { bitsOf } from './storage-type.js';
import type { TensorSource } from './tensor-source.js';

/** Writes all of `bytes` from `position` of the file on. */
export async function writeAt(
  handle: FileHandle,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  let done = 0;
  while (done < bytes.length)
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
}

/**
 * Writes the runs of a tensor that begins at `position` of the file, and returns how many bytes
 * they are. Errors: `bad-argument` for a source that gives more or less than its runs; those of the
 * disk and of the source.
 */
export async function writeTensor(
  handle: FileHandle,
  source: TensorSource,
  position: number,
  path: string,
): Promise<number> {
  const places = placesOf(source, position);
  const expected = places.reduce((sum, { bytes }) => sum + bytes, 0);
  let given = 0;
  let [place, within] = [0, 0];
  for await (const chunk of source.chunks()) {
    given += chunk.length;
    if (given > expected) break;
    for (let at = 0; at < chunk.length;) {
      const { start, bytes } = places[place]!;
      const count = Math.min(bytes - within, chunk.length - at);
      await writeAt(handle, chunk.subarray(at, at + count), start + within);
      at += count;
      within += count;
      if (within === bytes) [place, within] = [place + 1, 0];
    }
  }
  if (given !== expected)
    throw new AutomodelError(
      'bad-argument',
      `tensor ${source.name}: its source gave ${given > expected ? 'more' : `only ${given}`} ` +
        `bytes where ${expected} are needed`,
      { location: path },
    );
  return expected;
}

/** Where the runs of a source are in the file. */
function placesOf(
  source: TensorSource,
  position: number,
): readonly { readonly start: number; readonly bytes: number }[] {
  const elementBytes = bitsOf(source.storageType) / 8;
  const places = source.runs?.map(({ start, count }) => ({
    start: position + start * elementBytes,
    bytes: count * elementBytes,
  })) ?? [{ start: position, bytes: sourceBytes(source) }];
  return places.filter(({ bytes }) => bytes > 0);
}
