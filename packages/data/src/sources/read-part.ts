// Reads rows: of one part, or of a whole file. Errors name file and row; blank lines are no rows.
import { AutomodelError } from '@automodel/core';
import { attemptedRow } from './attempted-row.js';
import { openBytes } from './byte-stream.js';
import { csvRows } from './csv-rows.js';
import type { AttemptedRow, BytesRead, DataFile, FilePart, ReadRow, Row } from './data-source.js';
import { jsonRows } from './json-rows.js';
import { isBlank, linesOf } from './lines.js';
import { openDataFiles } from './open-data-files.js';
import { decodeText, parseJson, rowOfJson } from './parse-json.js';
import { parquetRows } from './parquet-rows.js';
import { locationOf, type RowSource } from './row-source.js';
import { splitFile } from './split-file.js';
import { textRows } from './text-rows.js';

const PART_BYTES = 16 << 20;

/**
 * The rows of `part`, and in place of a row that cannot be read its error: `bad-data` at file:row,
 * `bad-file` (damaged), `io`. The last one may say that nothing more can be read.
 */
export function attemptPart(part: FilePart): AsyncIterableIterator<AttemptedRow & BytesRead> {
  const rows = rowsOf(part);
  let hasEnded = false;
  const end = async (): Promise<IteratorResult<AttemptedRow & BytesRead>> => {
    hasEnded = true;
    await rows.return(undefined);
    return { done: true, value: undefined };
  };
  // By hand: `yield*` would hand on every row through two more promises.
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    return: end,
    next: () =>
      hasEnded
        ? end()
        : rows.next().catch((refused: unknown) => {
            if (!(refused instanceof AutomodelError)) throw refused;
            hasEnded = true;
            const source = { file: part.file.path, row: part.firstRow };
            return { value: { refused, source, endsFile: true, bytesRead: part.bytes } };
          }),
  };
}

/** The rows of `part`. Errors: `bad-data` at file:row, `bad-file` (damaged), `io`. */
export async function* readPart(part: FilePart): AsyncGenerator<ReadRow> {
  for await (const row of attemptPart(part)) {
    if ('refused' in row) throw row.refused;
    yield row;
  }
}

function rowsOf(part: FilePart): AsyncGenerator<AttemptedRow & BytesRead> {
  switch (part.file.format) {
    case 'jsonl':
      return jsonLines(part);
    case 'json':
      return jsonRows(part);
    case 'csv':
    case 'tsv':
      return csvRows(part);
    case 'parquet':
      return parquetRows(part);
    case 'text':
      return textRows(part);
  }
}

/**
 * The rows of a whole file, or of all files behind a path; `bytesRead` counts over all of them.
 * Errors: those of `openDataFiles` (for a path), `splitFile` and `readPart`.
 */
export async function* readRows(file: string | DataFile): AsyncGenerator<ReadRow> {
  const files = typeof file === 'string' ? await openDataFiles(file) : [file];
  let earlier = 0;
  for (const each of files) {
    for await (const part of splitFile(each, PART_BYTES)) {
      for await (const row of readPart(part)) yield { ...row, bytesRead: earlier + row.bytesRead };
      earlier += part.bytes;
    }
  }
}

async function* jsonLines({
  file,
  firstRow,
  start,
  end,
}: FilePart): AsyncGenerator<AttemptedRow & BytesRead> {
  const stream = openBytes(file, start, end);
  for await (const lines of linesOf(stream)) {
    for (const { bytes, number } of lines) {
      if (isBlank(bytes)) continue;
      const source = { file: file.path, row: firstRow + number - 1 };
      const row = attemptedRow(source, () => rowOfLine(bytes, source));
      yield { ...row, bytesRead: stream.bytesRead() };
    }
  }
}

function rowOfLine(bytes: Buffer, source: RowSource): Row {
  const location = locationOf(source);
  const text = decodeText(bytes, location);
  const plain = source.row === 1 && text.startsWith('\ufeff') ? text.slice(1) : text;
  return rowOfJson(plain, parseJson(plain, location), source);
}
