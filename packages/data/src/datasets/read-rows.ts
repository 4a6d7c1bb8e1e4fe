// Reads the rows of a JSON lines file or of a JSON array, one at a time. Which of the two it is shows in the first character, not in the file's name.
// Lines end with \n only: U+2028 and U+2029 are ordinary characters of JSON texts. Every error names file and line.
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { AutomodelError } from '@automodel/core';
import { isObject, type JsonObject } from '../tokenizer/tokenizer-files.js';
import { locationOf, type RowSource } from './sample.js';

export interface Row {
  readonly value: JsonObject;
  readonly source: RowSource;
  /** Bytes of the file read so far, this row included. */
  readonly bytesRead: number;
}

const NEWLINE = 0x0a;

/** Size of `file`. Errors: `missing-file`. */
export async function sizeOf(file: string): Promise<number> {
  try {
    const facts = await stat(file);
    if (facts.isFile()) return facts.size;
  } catch (cause) {
    throw new AutomodelError('missing-file', 'no such data file', { location: file, cause });
  }
  throw new AutomodelError('bad-file', 'a data file is expected, not a folder', { location: file });
}

/** The rows of `file`; blank lines are skipped. Errors: `missing-file`, `bad-data` (not JSON, not an object, not UTF-8). */
export async function* readRows(file: string): AsyncGenerator<Row> {
  const size = await sizeOf(file);
  if (await startsWithArray(file)) {
    yield* arrayRows(file, size);
    return;
  }
  let row = 0;
  let bytesRead = 0;
  for await (const line of lines(file)) {
    row++;
    bytesRead = Math.min(size, bytesRead + line.length + 1);
    const source = { file, row };
    const text = decodeText(line, locationOf(source));
    if (text.trim() !== '') yield { value: rowObject(parseJson(text, locationOf(source)), source), source, bytesRead };
  }
}

async function startsWithArray(file: string): Promise<boolean> {
  for await (const chunk of createReadStream(file)) {
    const text = (chunk as Buffer).toString('latin1').replace(/^\u00ef\u00bb\u00bf/, '').trimStart();
    if (text !== '') return text.startsWith('[');
  }
  return false;
}

async function* arrayRows(file: string, bytesRead: number): AsyncGenerator<Row> {
  const text = decodeText(await readFile(file), file);
  const rows = parseJson(text, file);
  if (!Array.isArray(rows)) throw new AutomodelError('bad-data', 'expected a JSON array of rows', { location: file });
  for (const [index, value] of rows.entries()) {
    const source = { file, row: index + 1 };
    yield { value: rowObject(value, source), source, bytesRead };
  }
}

async function* lines(file: string): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) {
    const chunk = piece as Buffer;
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      yield Buffer.concat([...parts, chunk.subarray(start, end)]);
      parts = [];
      start = end + 1;
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
  }
  if (parts.length > 0) yield Buffer.concat(parts);
}

function decodeText(bytes: Uint8Array, location: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new AutomodelError('bad-data', 'not UTF-8 text', { location, hint: 'save the file as UTF-8', cause });
  }
}

function parseJson(text: string, location: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const offset = /position (\d+)/.exec(message)?.[1];
    const place = offset === undefined || location.endsWith(':') ? '' : lineAndColumn(text, Number(offset), /:\d+$/.test(location));
    throw new AutomodelError('bad-data', `not valid JSON: ${message}`, { location: location + place, hint: 'each line holds one JSON object, or the whole file one JSON array of objects', cause });
  }
}

function lineAndColumn(text: string, offset: number, lineIsKnown: boolean): string {
  const before = text.slice(0, offset).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  return lineIsKnown ? `:${column}` : `:${before.length}:${column}`;
}

function rowObject(value: unknown, source: RowSource): JsonObject {
  if (isObject(value)) return value;
  const kind = value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;
  throw new AutomodelError('bad-data', `a row must be a JSON object, this one is ${kind}`, { location: locationOf(source) });
}
