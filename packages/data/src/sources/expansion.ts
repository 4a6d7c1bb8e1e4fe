// Watches how large a compressed file becomes: a few bytes can be written that fill any memory.
import { AutomodelError } from '@automodel/core';
import type { DataFile } from './data-source.js';
import { MAX_EXPANSION, MAX_VALUE, MAX_VALUE_BYTES } from './size-limits.js';

export class Expansion {
  readonly #file: DataFile;
  readonly #bytesRead: () => number;
  #bytes = 0;

  /** `bytesRead`: how much of the file was read so far. */
  constructor(file: DataFile, bytesRead: () => number) {
    this.#file = file;
    this.#bytesRead = bytesRead;
  }

  /** Counts decompressed bytes. Errors: `bad-file` where they are too many for the file. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= Math.max(MAX_VALUE_BYTES, MAX_EXPANSION * this.#bytesRead())) return;
    throw new AutomodelError(
      'bad-file',
      `its compressed data becomes more than ${MAX_EXPANSION} times as large as on disk, and ` +
        `more than ${MAX_VALUE}`,
      { location: this.#file.path, hint: 'if that is right, decompress the file yourself' },
    );
  }
}
