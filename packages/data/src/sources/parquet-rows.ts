// Rows of a Parquet file. Values become what JSON would have (parquet-values.ts): lists and structs
// are arrays and objects.
import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import { AutomodelError } from '@automodel/core';
import type { AsyncBuffer, ColumnChunk, FileMetaData } from 'hyparquet';
import { parseExact } from '../json/exact-json.js';
import type { JsonObject } from '../json/json-object.js';
import type { DataFile, FilePart, ReadRow } from './data-source.js';
import { Expansion } from './expansion.js';
import { checkPart, parquetCodecs } from './parquet-codecs.js';
import { checkParquetMetadata, valuesOf } from './parquet-metadata.js';
import { parquetValue } from './parquet-values.js';

/**
 * Bytes that are no text stay bytes, to be refused where a text is needed: a replaced character
 * would go unnoticed.
 */
const parsersFor = (file: DataFile): ParquetTexts => ({
  stringFromBytes: (bytes) => {
    checkPart(file, 'value', bytes?.length ?? 0);
    return bytes === undefined || !isUtf8(bytes) ? bytes : textOf(bytes);
  },
  jsonFromBytes: (bytes) => {
    checkPart(file, 'value', bytes?.length ?? 0);
    return bytes === undefined ? undefined : parseExact(textOf(bytes), 'a value of JSON');
  },
});

interface ParquetTexts {
  readonly stringFromBytes: (bytes: Uint8Array | undefined) => string | Uint8Array | undefined;
  readonly jsonFromBytes: (bytes: Uint8Array | undefined) => unknown;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** What a value takes in memory at least: equal ones are written only once. */
const BYTES_OF_VALUE = 8;

/** An open file and its metadata. */
export interface OpenParquet {
  readonly buffer: AsyncBuffer;
  readonly metadata: FileMetaData;
}

/** Reads the metadata of `file`. Errors: `bad-file` (cut off, damaged, contradicting itself). */
export async function openParquet(file: DataFile): Promise<OpenParquet> {
  const buffer: AsyncBuffer = {
    byteLength: file.bytes,
    slice: (start, end) => readRange(file.path, start, end ?? file.bytes),
  };
  const { parquetMetadataAsync } = await import('hyparquet');
  try {
    const metadata = await parquetMetadataAsync(buffer);
    checkParquetMetadata(metadata);
    const values = metadata.row_groups.reduce((total, group) => total + valuesOf(group), 0);
    new Expansion(file, () => file.bytes).add(BYTES_OF_VALUE * values);
    return { buffer, metadata };
  } catch (cause) {
    throw damaged(file, cause);
  }
}

/** Rows `start` to `end` of a Parquet file. `RowSource.row` counts from 1. Errors: `bad-file`. */
export async function* parquetRows(part: FilePart): AsyncGenerator<ReadRow> {
  const { file, start, end } = part;
  const { buffer, metadata } = await openParquet(file);
  const { parquetReadObjects, parquetSchema } = await import('hyparquet');
  const schema = parquetSchema(metadata);
  const isCompressed = metadata.row_groups.some(({ columns }) => columns.some(hasCodec));
  let rows: readonly Record<string, unknown>[];
  try {
    rows = await parquetReadObjects({
      file: buffer,
      metadata,
      rowStart: start,
      rowEnd: end,
      ...(isCompressed ? { compressors: await parquetCodecs(file) } : {}),
      parsers: parsersFor(file),
    });
  } catch (cause) {
    throw damaged(file, cause);
  }
  if (rows.length !== end - start)
    throw damaged(
      file,
      `it holds ${rows.length} of the ${end - start} rows that its metadata promises`,
    );
  for (const [index, row] of rows.entries()) {
    yield {
      value: parquetValue(row, schema) as JsonObject,
      source: { file: file.path, row: start + index + 1 },
      bytesRead: Math.round((part.bytes * (index + 1)) / rows.length),
    };
  }
}

const hasCodec = ({ meta_data: column }: ColumnChunk): boolean =>
  column !== undefined && column.codec !== 'UNCOMPRESSED';

async function readRange(path: string, start: number, end: number): Promise<ArrayBuffer> {
  const bytes = new ArrayBuffer(Math.max(0, end - start));
  const handle = await open(path);
  try {
    const { bytesRead } = await handle.read(new Uint8Array(bytes), 0, bytes.byteLength, start);
    if (bytesRead < bytes.byteLength)
      throw new Error(`${bytes.byteLength} bytes at ${start} reach beyond the end of the file`);
    return bytes;
  } finally {
    await handle.close();
  }
}

function damaged(file: DataFile, cause: unknown): AutomodelError {
  if (cause instanceof AutomodelError) return cause.with({ location: file.path });
  const message = cause instanceof Error ? cause.message : String(cause);
  return new AutomodelError(
    'bad-file',
    'the Parquet file is damaged, cut off or of a kind that cannot be read: ' +
      `${message.replaceAll('\n', ' ')}`,
    { location: file.path, hint: 'fetch or write the file again', cause },
  );
}
