// Reads one JSON file whose top level must be an object: config.json, generation_config.json, an
// index.
import { AutomodelError } from '@automodel/core';
import { decodeUtf8, parseJson, type JsonObject } from '../json/parse-json.js';
import { refuseGitLfsPointer } from './git-lfs-pointer.js';
import { readWhole } from './read-whole.js';

/** A JSON object with the exact text and bytes it was read from. */
export interface JsonFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly value: JsonObject;
}

/** True for JSON objects, false for arrays, null and scalars. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Read a JSON file strictly. Undefined when there is no such file.
 * @throws AutomodelError `bad-file` when the text is not valid JSON or its top level is not an
 * object; `io` when it cannot be read.
 */
export async function readJsonFile(path: string): Promise<JsonFile | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readWhole(path);
  } catch (cause) {
    if (cause instanceof AutomodelError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new AutomodelError('io', `cannot be read: ${(cause as Error).message}`, {
      location: path,
      cause,
    });
  }
  refuseGitLfsPointer(bytes, path);
  try {
    const text = decodeUtf8(bytes, path);
    const { value } = parseJson(text, path);
    if (!isJsonObject(value))
      throw new AutomodelError('bad-file', 'the top level is not a JSON object', {
        location: path,
      });
    return { path, bytes, text, value };
  } catch (error) {
    throw error instanceof AutomodelError
      ? error.with({ hint: 'repair the file, or fetch it again' })
      : error;
  }
}
