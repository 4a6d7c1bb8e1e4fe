// One entry of the cache, a folder: each column in a file of its own (the tokens in tokens.bin),
// the index of samples in index.bin, and what is known of them in meta.json, with checksums.
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { bytesOf } from '@automodel/core';
import { ColumnInFile, type SampleReaders } from './column-readers.js';
import type { DatasetReport } from './dataset-report.js';
import type { SampleColumn } from './sample-columns.js';
import type { ColumnIndex, SampleIndex } from './sample-index.js';

/** A column as it is stored. */
export interface StoredColumn extends SampleColumn {
  /** Numbers of all samples. */
  readonly numbers: number;
  readonly checksum: number;
}

/** meta.json. */
export interface EntryMeta {
  readonly samples: number;
  readonly fingerprint: string;
  readonly tokens: StoredColumn;
  /** What samples bring along. */
  readonly columns: readonly StoredColumn[];
  readonly indexChecksum: number;
  readonly report: DatasetReport;
  /** The data files, under the names that they had. */
  readonly files: readonly string[];
}

export const META = 'meta.json';
export const INDEX = 'index.bin';
const READ_BYTES = 4 << 20;

/** The file of a column. */
export const columnFile = (column: string): string => `${column}.bin`;

/** The index as bytes, array after array; `readIndex` takes them apart. */
export function indexBytes({ tokens, columns, trained, rows, files }: SampleIndex): Buffer {
  const arrays = [
    ...[tokens, ...columns].flatMap(({ offsets, counts }) => [offsets, counts]),
    ...[trained, rows, files],
  ];
  return Buffer.concat(
    arrays.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  );
}

/** What an entry's files hold. Errors: any, for an entry that is not complete and unharmed. */
export async function readEntry(folder: string): Promise<{
  readonly meta: EntryMeta;
  readonly index: SampleIndex;
  readonly readers: SampleReaders;
}> {
  const meta = JSON.parse(await readFile(join(folder, META), 'utf8')) as EntryMeta;
  const [bytes] = await Promise.all([
    readFile(join(folder, INDEX)),
    ...[meta.tokens, ...meta.columns].map((column) => checkColumn(folder, column)),
  ]);
  if (crc32(bytes) !== meta.indexChecksum) throw new Error('damaged');
  return { meta, index: readIndex(bytes, meta), readers: openColumns(folder, meta) };
}

function readIndex(bytes: Buffer, { samples, tokens, columns }: EntryMeta): SampleIndex {
  let next = bytes.byteOffset;
  // Copies, because an array must begin at a multiple of its elements.
  const taken = (width: number): ArrayBuffer =>
    bytes.buffer.slice(next, (next += width * samples)) as ArrayBuffer;
  const integers = (): Int32Array => new Int32Array(taken(4));
  const column = ({ column, dtype, per, width }: StoredColumn): ColumnIndex => ({
    ...{ column, dtype, per, width },
    offsets: new Float64Array(taken(8)),
    counts: integers(),
  });
  const index = {
    tokens: column(tokens),
    columns: columns.map(column),
    trained: integers(),
    rows: integers(),
    files: integers(),
  };
  if (next - bytes.byteOffset !== bytes.length) throw new Error('damaged');
  return index;
}

/** Opens the files of columns. */
export function openColumns(
  folder: string,
  { tokens, columns }: Pick<EntryMeta, 'tokens' | 'columns'>,
): SampleReaders {
  const opened = (column: StoredColumn): ColumnInFile =>
    new ColumnInFile(join(folder, columnFile(column.column)), column);
  return { tokens: opened(tokens), columns: columns.map(opened) };
}

/** Reads the file of a column once. Errors: for one of another size or other contents. */
async function checkColumn(
  folder: string,
  { column, dtype, numbers, checksum }: StoredColumn,
): Promise<void> {
  await using file = await open(join(folder, columnFile(column)));
  if ((await file.stat()).size !== numbers * bytesOf(dtype)) throw new Error('damaged');
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  let sum = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, READ_BYTES);
    if (bytesRead === 0) break;
    sum = crc32(buffer.subarray(0, bytesRead), sum);
  }
  if (sum !== checksum) throw new Error('damaged');
}
