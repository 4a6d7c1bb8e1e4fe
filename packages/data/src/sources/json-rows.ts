// Rows of one JSON text: an array of objects, an object with the array under the key `field`, or an
// object that is the only row.
import { AutomodelError } from '@automodel/core';
import { elementTexts } from '../json/element-texts.js';
import { isLossy } from '../json/exact-json.js';
import { isObject } from '../json/json-object.js';
import { attemptedRow } from './attempted-row.js';
import { openBytes } from './byte-stream.js';
import type { AttemptedRow, BytesRead, DataFile, FilePart } from './data-source.js';
import { decodeText, parseJson, rowOfJson } from './parse-json.js';
import { MAX_VALUE, MAX_VALUE_BYTES } from './size-limits.js';

/** The rows of a JSON file. `RowSource.row` counts elements. Errors: `bad-data` for the file. */
export async function* jsonRows({ file }: FilePart): AsyncGenerator<AttemptedRow & BytesRead> {
  const decoded = decodeText(await wholeFile(file), file.path);
  const text = decoded.startsWith('\ufeff') ? decoded.slice(1) : decoded;
  const written = parseJson(text, file.path);
  const isRow = file.objectIsRow === true && isObject(written);
  const rows = isRow ? [written] : listOf(written, file);
  const texts = isLossy(text, written) ? textsOf(text, isRow, file) : [];
  for (const [index, value] of rows.entries()) {
    const source = { file: file.path, row: index + 1 };
    const row = attemptedRow(source, () => rowOfJson(texts[index] ?? '', value, source));
    yield { ...row, bytesRead: file.bytes };
  }
}

async function wholeFile(file: DataFile): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of openBytes(file).chunks) {
    bytes += chunk.length;
    if (bytes > MAX_VALUE_BYTES)
      throw new AutomodelError('bad-data', `this JSON text is larger than ${MAX_VALUE}`, {
        location: file.path,
        hint: 'write JSON lines (one object per line) instead of one large text',
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const textsOf = (text: string, isRow: boolean, { field }: DataFile): readonly string[] =>
  isRow ? [text] : elementTexts(text, field);

function listOf(value: unknown, { path, field }: DataFile): readonly unknown[] {
  const refuse = (message: string, hint?: string): AutomodelError =>
    new AutomodelError('bad-data', message, { location: path, hint });
  if (field === undefined) {
    if (Array.isArray(value)) return value;
    const lists = isObject(value)
      ? Object.keys(value).filter((key) => Array.isArray(value[key]))
      : [];
    throw refuse(
      'expected a JSON array of rows, the file is one object',
      lists.length === 0
        ? 'write an array, or one object on each line'
        : `name the key that holds the rows with field: (${lists.join(', ')})`,
    );
  }
  if (!isObject(value))
    throw refuse(
      `field ${JSON.stringify(field)} needs a JSON object, the file holds ` +
        `${Array.isArray(value) ? 'an array' : `a ${typeof value}`}`,
      Array.isArray(value) ? 'leave field out' : undefined,
    );
  const rows = value[field];
  if (Array.isArray(rows)) return rows;
  throw refuse(
    `the key ${JSON.stringify(field)} ${rows === undefined ? 'is missing' : 'holds no list'}; ` +
      `the file has ${Object.keys(value).join(', ')}`,
  );
}
