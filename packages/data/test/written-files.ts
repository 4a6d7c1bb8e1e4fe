// Files in a folder of their own, and the rows that are read from them.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDataFiles, readRows, type OpenOptions, type Row } from '../src/index.js';

export const folder = mkdtempSync(join(tmpdir(), 'automodel-files-'));
export const fixture = (name: string): string =>
  fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

export function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

export async function rowsOf(
  paths: string | readonly string[],
  options?: OpenOptions,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const file of await openDataFiles(paths, options))
    for await (const row of readRows(file)) rows.push(row);
  return rows;
}
export const values = async (
  path: string | readonly string[],
  options?: OpenOptions,
): Promise<readonly unknown[]> => (await rowsOf(path, options)).map((row) => row.value);

/** A Zstandard frame that holds `bytes` as they are (RFC 8878: one raw block). */
export function zstdStored(bytes: Uint8Array): Uint8Array {
  const block = (bytes.length << 3) | 1;
  return Uint8Array.from([
    0x28,
    0xb5,
    0x2f,
    0xfd,
    0x20 | 0x80,
    bytes.length & 255,
    (bytes.length >> 8) & 255,
    0,
    0,
    block & 255,
    (block >> 8) & 255,
    (block >> 16) & 255,
    ...bytes,
  ]);
}
