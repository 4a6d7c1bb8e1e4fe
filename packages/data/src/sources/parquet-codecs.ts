// What decompresses the pages of a Parquet file, loaded where a file has such pages: one of the
// codecs reserves memory for WebAssembly, which a process with little address space does not have.
import type { Compressors } from 'hyparquet';
import type { DataFile } from './data-source.js';
import { Expansion } from './expansion.js';
import { MAX_VALUE, MAX_VALUE_BYTES } from './size-limits.js';

/**
 * Codecs for one reading of `file`. Errors while decompressing: a page beyond `MAX_VALUE_BYTES`,
 * and those of `Expansion`.
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
        if (length > MAX_VALUE_BYTES) throw new Error(`a page is larger than ${MAX_VALUE}`);
        expansion.add(length);
        return decompress(input, length);
      },
    ]),
  );
}
