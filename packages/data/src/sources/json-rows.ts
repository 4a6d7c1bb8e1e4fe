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

/** The rows of a JSON file. `RowSource.row` counts elements. Errors: `bad-data` for the file. */
export async function* jsonRows({ file }: FilePart): AsyncGenerator<AttemptedRow & BytesRead> {
  const chunks: Buffer[] = [];
  for await (const chunk of openBytes(file).chunks) chunks.push(chunk);
  const decoded = decodeText(Buffer.concat(chunks), file.path);
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
