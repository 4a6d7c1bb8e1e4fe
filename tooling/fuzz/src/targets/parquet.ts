// Parquet: no checksum protects its values, so what is held is that every row the metadata promises
// is there with every column, within time and memory.
import { readFileSync, writeFileSync } from 'node:fs';
import { readRows } from '@automodel/data';
import { parquetMetadata } from 'hyparquet';
import type { FuzzTarget } from '../fuzz-target.js';
import { scratch } from '../scratch.js';

const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../../../../packages/data/test/fixtures/${name}.parquet`, import.meta.url));

export const parquet: FuzzTarget = {
  name: 'parquet',
  seeds: ['chats-none', 'chats-snappy', 'chats-gzip', 'chats-zstd', 'chats-brotli', 'groups'].map(
    fixture,
  ),
  read: async (bytes) => {
    const path = scratch('rows.parquet');
    writeFileSync(path, bytes);
    let rows = 0;
    let columns: string | undefined;
    for await (const { value } of readRows(path)) {
      rows++;
      const own = Object.keys(value).sort().join();
      columns ??= own;
      if (own !== columns)
        throw new Error(`row ${rows} has the columns ${own}, the first ${columns}`);
    }
    const promised = Number(
      parquetMetadata(
        bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
      ).num_rows,
    );
    if (rows !== promised) throw new Error(`${rows} rows read, ${promised} promised`);
  },
};
