// How a file is read, from its name and its first bytes. The bytes win where they are certain
// (Parquet, gzip, Zstandard, a JSON array); kinds that cannot be read are named, with what to do.
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { parseBounded } from '../json/bounded-json.js';
import { checkExpansion, openBytes } from './byte-stream.js';
import type { Compression, DataFile, DataFormat, OpenOptions } from './data-source.js';
import { linesOf } from './lines.js';

const FORMATS: Readonly<Record<string, DataFormat>> = {
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'json',
  csv: 'csv',
  tsv: 'tsv',
  parquet: 'parquet',
  txt: 'text',
  text: 'text',
  md: 'text',
  markdown: 'text',
  rst: 'text',
};
const COMPRESSIONS: Readonly<Record<string, Compression>> = {
  gz: 'gzip',
  gzip: 'gzip',
  br: 'brotli',
  zst: 'zstd',
  zstd: 'zstd',
};

/** What to do about files that are not read here. */
const FOREIGN: Readonly<Record<string, string>> = {
  bz2: 'decompress it, or compress it with gzip',
  xz: 'decompress it, or compress it with gzip',
  lz4: 'decompress it, or compress it with gzip',
  '7z': 'unpack it',
  zip: 'unpack it',
  tar: 'unpack it',
  tgz: 'unpack it',
  arrow: 'write it as Parquet (dataset.to_parquet) or JSON lines (dataset.to_json)',
  feather: 'write it as Parquet',
  orc: 'write it as Parquet',
  xlsx: 'save it as CSV',
  xls: 'save it as CSV',
  pkl: 'write it as JSON lines',
  pickle: 'write it as JSON lines',
};
const MAGIC: readonly (readonly [bytes: string, kind: string])[] = [
  ['ARROW1', 'arrow'],
  ['PK\x03\x04', 'zip'],
  ['BZh', 'bz2'],
  ['\xfd7zXZ', 'xz'],
  ['\x04\x22\x4d\x18', 'lz4'],
  ['7z\xbc\xaf', '7z'],
];

/** Files of a Hugging Face data set folder that hold no rows. */
const NOT_DATA = new Set([
  'config.json',
  'dataset_info.json',
  'dataset_infos.json',
  'dataset_dict.json',
  'state.json',
]);

/** True for a file that describes a data set and holds no rows. */
export const isMetadata = (name: string): boolean => NOT_DATA.has(basename(name).toLowerCase());

/** The format that a name promises. */
export const namedFormat = (name: string): DataFormat | undefined => namedKind(name).format;

/** True for the name of a file that can be opened. */
export const isDataName = (name: string): boolean =>
  !isMetadata(name) && namedFormat(name) !== undefined;

/** The kind that a name promises, such as `arrow`, where it is one that cannot be read. */
export const foreignKind = (name: string): string | undefined => {
  const kind = extensionsOf(name).at(-1);
  return kind !== undefined && Object.hasOwn(FOREIGN, kind) ? kind : undefined;
};

/** What to do about a kind that cannot be read. */
export const foreignHint = (kind: string): string => FOREIGN[kind] ?? '';

/**
 * Looks at the file at `path`. Errors: `missing-file`, `bad-file` naming what the file is instead,
 * `bad-argument` for options that say nothing about such a file.
 */
export async function openFile(path: string, options: OpenOptions): Promise<DataFile> {
  const file = await recognised(path, options);
  const refuse = (unused: string): AutomodelError =>
    new AutomodelError('bad-argument', `${unused}, this is ${file.format}`, {
      location: path,
      hint: 'leave it out',
    });
  if (options.field !== undefined && file.format !== 'json')
    throw refuse('field is for JSON files');
  if (options.sampleBy !== undefined && file.format !== 'text')
    throw refuse('sample_by is for text files');
  return file;
}

async function recognised(path: string, options: OpenOptions): Promise<DataFile> {
  const bytes = await sizeOf(path);
  const head = await firstBytes(path);
  const refuse = (message: string, hint?: string): AutomodelError =>
    new AutomodelError('bad-file', message, { location: path, hint });
  if (bytes === 0) throw refuse('the data file is empty');
  const latin = head.toString('latin1');
  if (latin.startsWith('version https://git-lfs'))
    throw refuse(
      'this is a Git LFS pointer, not the data',
      'fetch the file itself with `git lfs pull`',
    );
  if (/^(?:\xff\xfe|\xfe\xff)/.test(latin))
    throw refuse('the file is UTF-16 text', 'save it as UTF-8');
  const foreign = MAGIC.find(([magic]) => latin.startsWith(magic))?.[1] ?? foreignKind(path);
  if (foreign !== undefined) throw refuse(`${foreign} files cannot be read`, FOREIGN[foreign]);
  if (latin.startsWith('PAR1')) return { path, format: 'parquet', compression: 'none', bytes };
  const named = namedKind(path);
  const compression = compressionOf(latin, named.compression);
  if (compression !== 'none') await checkExpansion({ path, format: 'text', compression, bytes });
  if (named.format === 'parquet')
    throw refuse(
      compression === 'none'
        ? 'not a Parquet file: it does not begin with PAR1'
        : 'a Parquet file inside another compression cannot be read',
      compression === 'none' ? 'fetch or write the file again' : 'decompress it',
    );
  if (named.format === 'csv' || named.format === 'tsv')
    return { path, format: named.format, compression, bytes };
  if (named.format === 'text')
    return { path, format: 'text', compression, bytes, sampleBy: options.sampleBy ?? 'line' };
  const format = await jsonKind(
    { path, format: 'jsonl', compression, bytes },
    named.format,
    options,
    refuse,
  );
  return {
    path,
    format,
    compression,
    bytes,
    ...(format === 'json' && options.field !== undefined ? { field: options.field } : {}),
    ...(format === 'json' && options.objectIsRow === true ? { objectIsRow: true } : {}),
  };
}

/** By the first bytes; Brotli has none of its own, so the name decides. */
function compressionOf(head: string, named: Compression | undefined): Compression {
  if (head.startsWith('\x1f\x8b')) return 'gzip';
  if (head.startsWith('\x28\xb5\x2f\xfd')) return 'zstd';
  return named === 'brotli' ? 'brotli' : 'none';
}

/** Size of the file at `path`. Errors: `missing-file`, `bad-file` for a folder. */
async function sizeOf(path: string): Promise<number> {
  try {
    const facts = await stat(path);
    if (facts.isFile()) return facts.size;
  } catch (cause) {
    throw new AutomodelError('missing-file', 'no such data file', { location: path, cause });
  }
  throw new AutomodelError('bad-file', 'a data file is expected here', { location: path });
}

async function firstBytes(path: string): Promise<Buffer> {
  try {
    const handle = await open(path);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(64), 0, 64, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new AutomodelError(
      'io',
      `the data file cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      { location: path, cause },
    );
  }
}

/**
 * One JSON text or one on each line: `[` begins an array; a first line that is an object by itself
 * is JSON lines; a .json file whose first line is not is one object.
 */
async function jsonKind(
  file: DataFile,
  named: DataFormat | undefined,
  options: OpenOptions,
  refuse: (message: string, hint?: string) => AutomodelError,
): Promise<DataFormat> {
  if (options.field !== undefined) return 'json';
  for await (const lines of linesOf(openBytes(file))) {
    for (const { bytes } of lines) {
      const text = bytes
        .toString('utf8')
        .replace(/^\ufeff/, '')
        .trim();
      if (text === '') continue;
      if (text.startsWith('[')) return 'json';
      if (named === undefined && !text.startsWith('{'))
        throw refuse(
          'this kind of file is not known',
          `data files are ${Object.keys(FORMATS)
            .map((name) => `.${name}`)
            .join(', ')}, also with ${Object.keys(COMPRESSIONS)
            .map((name) => `.${name}`)
            .join(', ')}`,
        );
      return named === 'json' && !isObjectText(text) ? 'json' : 'jsonl';
    }
  }
  return 'jsonl';
}

function isObjectText(text: string): boolean {
  try {
    parseBounded(text);
    return true;
  } catch (cause) {
    // Too much for one row: whoever reads the row says so.
    if (cause instanceof AutomodelError) return true;
    // A line that begins like an object and goes on is JSON lines with a mistake; a lone brace
    // opens one large object.
    return text.length > 1 && text.includes('"') && text.endsWith('}');
  }
}

const extensionsOf = (path: string): string[] => basename(path).toLowerCase().split('.').slice(1);

function namedKind(path: string): {
  readonly format: DataFormat | undefined;
  readonly compression: Compression;
} {
  const extensions = extensionsOf(path);
  const compression = COMPRESSIONS[extensions.at(-1) ?? ''];
  if (compression !== undefined) extensions.pop();
  return { format: FORMATS[extensions.at(-1) ?? ''], compression: compression ?? 'none' };
}
