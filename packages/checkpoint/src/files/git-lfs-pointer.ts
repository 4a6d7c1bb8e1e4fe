// What a clone without Git LFS leaves in place of a large file: three lines of text that name it.
// Read as the file itself it would only look damaged.
import { AutomodelError } from '@automodel/core';

const START = 'version https://git-lfs.github.com/spec/';

/** Errors: `bad-file` where `bytes`, the first of a file, are those of a pointer. */
export function refuseGitLfsPointer(bytes: Uint8Array, path: string): void {
  if (
    Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, START.length)).toString(
      'latin1',
    ) !== START
  )
    return;
  throw new AutomodelError('bad-file', 'this is a Git LFS pointer, not the file itself', {
    location: path,
    hint: 'fetch the files with git lfs pull',
  });
}
