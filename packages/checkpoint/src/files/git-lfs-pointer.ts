// A clone without Git LFS leaves three lines of text in place of a large file. Read as the file
// itself, they would only look damaged.
import { AutomodelError } from '@automodel/core';

const START = 'version https://git-lfs.github.com/spec/';

/** Errors: `bad-file` where `bytes`, the first of a file, are those of a pointer. */
export function refuseGitLfsPointer(bytes: Uint8Array, path: string): void {
  const first = Buffer.from(bytes.subarray(0, START.length)).toString('latin1');
  if (first !== START) return;
  throw new AutomodelError('bad-file', 'this is a Git LFS pointer, not the file itself', {
    location: path,
    hint: 'fetch the files with git lfs pull',
  });
}
