// Reads the files of a tokenizer's folder; one that is absent is undefined. Errors name the file.
import { isUtf8 } from 'node:buffer';
import { readdir, readFile, stat } from 'node:fs/promises';
import { AutomodelError } from '@automodel/core';
import { parseBounded } from '../json/bounded-json.js';
import { duplicateKey } from '../json/duplicate-key.js';
import { isObject, type JsonObject } from '../json/json-object.js';
import { oneLine } from '../json/one-line.js';
import { MAX_VALUE, MAX_VALUE_BYTES } from '../sources/size-limits.js';

/** An object of JSON. Errors: `bad-file` (not JSON, no object, a key written twice). */
export async function readJson(path: string): Promise<JsonObject | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  const refuse = (message: string, cause?: unknown): AutomodelError =>
    new AutomodelError('bad-file', message, {
      location: path,
      hint: 'correct the file, or fetch the tokenizer again',
      cause,
    });
  let value: unknown;
  try {
    value = parseBounded(text);
  } catch (cause) {
    if (cause instanceof AutomodelError) throw refuse(cause.said);
    throw refuse(
      `not valid JSON: ${oneLine(cause instanceof Error ? cause.message : String(cause))}`,
      cause,
    );
  }
  if (!isObject(value)) throw refuse('expected a JSON object');
  const key = duplicateKey(text, value);
  if (key !== undefined)
    throw refuse(`the key ${JSON.stringify(key)} is written twice in one object`);
  return value;
}

const LFS_POINTER = 'version https://git-lfs.github.com/spec/';

/** Errors: `bad-file` for what is not UTF-8. */
export async function readText(path: string): Promise<string | undefined> {
  const bytes = await readBytes(path);
  if (bytes !== undefined && !isUtf8(bytes))
    throw new AutomodelError('bad-file', 'not UTF-8 text', {
      location: path,
      hint: 'fetch the tokenizer again',
    });
  return bytes?.toString('utf8');
}

/** Errors: `bad-file` for a Git LFS pointer, `io`. */
export async function readBytes(path: string): Promise<Buffer | undefined> {
  const size = await absentAsUndefined(path, async () => (await stat(path)).size);
  if (size !== undefined && size > MAX_VALUE_BYTES)
    throw new AutomodelError('bad-file', `the file is larger than ${MAX_VALUE}`, {
      location: path,
      hint: 'fetch the tokenizer again',
    });
  const bytes = await absentAsUndefined(path, () => readFile(path));
  if (bytes?.toString('latin1', 0, LFS_POINTER.length) === LFS_POINTER)
    throw new AutomodelError('bad-file', 'this is a Git LFS pointer, not the file itself', {
      location: path,
      hint: 'fetch the files with git lfs pull',
    });
  return bytes;
}

/** Names of the files of a folder, in order; none where it is absent. */
export async function listFiles(path: string): Promise<readonly string[]> {
  const names = await absentAsUndefined(path, () => readdir(path));
  return (names ?? []).sort();
}

async function absentAsUndefined<T>(path: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new AutomodelError('io', `cannot be read (${String(code ?? cause)})`, {
      location: path,
      cause,
    });
  }
}
