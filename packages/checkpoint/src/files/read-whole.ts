// Reads a file of which all is needed at once, such as a config: one that could not be parsed for
// its size is refused before it is read.
import { readFile, stat } from 'node:fs/promises';
import { AutomodelError } from '@automodel/core';

const MAX_BYTES = 256 * 1024 * 1024;

/** Errors: `bad-file` for more than 256 MB; those of the file system as they are. */
export async function readWhole(path: string): Promise<Buffer> {
  const { size } = await stat(path);
  if (size > MAX_BYTES)
    throw new AutomodelError('bad-file', `the file has ${size} bytes, more than 256 MB`, {
      location: path,
      hint: 'fetch or write the file again',
    });
  return readFile(path);
}
