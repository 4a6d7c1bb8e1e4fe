// Finds the data files behind paths and says how each is read.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { sizeOf } from '../datasets/read-rows.js';
import type { DataFile, OpenOptions } from './data-source.js';

/** The files behind `paths`, in order; every path is a file. Errors: `missing-file`. */
export async function openDataFiles(paths: string | readonly string[], options: OpenOptions = {}): Promise<readonly DataFile[]> {
  const list = typeof paths === 'string' ? [paths] : paths;
  return Promise.all(
    list.map(async (written) => {
      const path = resolve(options.workingDirectory ?? '.', written);
      const bytes = await sizeOf(path);
      const array = /^\ufeff?\s*\[/.test((await readFile(path, 'utf8')).slice(0, 100));
      return { path, format: array ? ('json' as const) : ('jsonl' as const), compression: 'none' as const, bytes };
    }),
  );
}
