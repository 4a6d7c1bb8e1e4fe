// The name of a data set in the cache: a hash of everything that decides its samples. The files'
// contents count, not their names or times.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AutomodelError } from '@automodel/core';
import type { DataFile } from '../sources/data-source.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import type { RowSelection } from './row-selection.js';
import type { RowOptions } from './row-tokenizer.js';

/** Raise when equal inputs come to give other samples, or other files in an entry. */
const LAYOUT = 3;

/** Reads the data files once. Errors: `io`, `aborted`. */
export async function cacheKey(
  tokenizer: Tokenizer,
  files: readonly DataFile[],
  options: RowOptions,
  selection: RowSelection,
  signal: AbortSignal | undefined,
): Promise<string> {
  const contents: unknown[] = [];
  for (const file of files)
    contents.push([
      await hashOf(file.path, signal),
      file.format,
      file.compression,
      file.field ?? null,
      file.sampleBy ?? null,
    ]);
  const { definition, config, chatTemplates } = tokenizer.files;
  // With a template that writes the date, samples change from day to day.
  const day = [...chatTemplates.values()].some((text) => text.includes('strftime_now'))
    ? new Date().toDateString()
    : null;
  const parts = {
    LAYOUT,
    versions: await versions(),
    contents,
    options: sorted(options),
    selection: sorted(selection),
    definition,
    config,
    chatTemplates: [...chatTemplates],
    day,
  };
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

async function hashOf(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal }))
      hash.update(chunk as Buffer);
  } catch (cause) {
    if (signal?.aborted === true)
      throw new AutomodelError('aborted', 'loading the data was stopped', { cause });
    throw new AutomodelError(
      'io',
      `the data file cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      { location: path, cause },
    );
  }
  return hash.digest('hex');
}

/** Versions of this package and of the libraries whose results are cached. */
async function versions(): Promise<readonly string[]> {
  const require = createRequire(import.meta.url);
  const starts = [
    fileURLToPath(import.meta.url),
    ...['hyparquet', 'csv-parse'].map((name) => resolved(require, name)),
  ];
  return Promise.all(starts.map(versionAbove));
}

function resolved(require: NodeRequire, name: string): string {
  try {
    return require.resolve(name);
  } catch {
    // A package without an entry for require: its folder is enough.
    return (require.resolve.paths(name) ?? []).map((folder) => join(folder, name)).join('\n');
  }
}

async function versionAbove(path: string): Promise<string> {
  for (const start of path.split('\n')) {
    for (let folder = start; dirname(folder) !== folder; folder = dirname(folder)) {
      const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined);
      const version =
        text === undefined
          ? undefined
          : (JSON.parse(text) as { readonly name?: string; readonly version?: string });
      if (version?.version !== undefined) return `${version.name}@${version.version}`;
    }
  }
  return 'unknown';
}

function sorted(values: object): unknown {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
