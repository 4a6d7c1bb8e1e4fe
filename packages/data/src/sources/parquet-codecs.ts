// What decompresses the pages of a Parquet file, loaded where a file has such pages: one of the
// codecs reserves memory for WebAssembly, which a process with little address space does not have.
import { AutomodelError } from '@automodel/core';
import type { Compressors } from 'hyparquet';
import type { DataFile } from './data-source.js';
import { Expansion } from './expansion.js';
import { MAX_VALUE, MAX_VALUE_BYTES } from './size-limits.js';

/** Errors: `bad-file` for a page or value beyond `MAX_VALUE_BYTES`. */
export function checkPart(file: DataFile, part: 'page' | 'value', bytes: number): void {
  if (bytes <= MAX_VALUE_BYTES) return;
  throw new AutomodelError('bad-file', `a ${part} is larger than ${MAX_VALUE}`, {
    location: file.path,
    hint: 'write the file again with shorter values',
  });
}

/**
 * Codecs for one reading of `file`. Errors while decompressing: those of `checkPart` and
 * `Expansion`.
 */
export async function parquetCodecs(file: DataFile): Promise<Compressors> {
  // Without memory for it, Snappy is left to the reader's own code, which is slower.
  const compressors = await import('hyparquet-compressors').then(
    (codecs): Compressors => codecs.compressors,
    (): Compressors => ({}),
  );
  const expansion = new Expansion(file, () => file.bytes);
  return Object.fromEntries(
    Object.entries(compressors).map(([name, decompress]) => [
      name,
      (input: Uint8Array, length: number) => {
        checkPart(file, 'page', length);
        expansion.add(length);
        return decompress(input, length);
      },
    ]),
  );
}
