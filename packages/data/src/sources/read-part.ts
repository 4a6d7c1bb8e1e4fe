// Reads rows: of one part, or of a whole file. Errors name file and row; blank lines are skipped.
import { AutomodelError } from '@automodel/core';
import { attemptedRow } from './attempted-row.js';
import { openBytes, type ByteStream } from './byte-stream.js';
import { csvRows } from './csv-rows.js';
import type { AttemptedRow, BytesRead, DataFile, FilePart, ReadRow, Row } from './data-source.js';
import { jsonRows } from './json-rows.js';
import { isBlank, linesOf, type Line } from './lines.js';
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
export async function* attemptPart(part: FilePart): AsyncGenerator<AttemptedRow & BytesRead> {
  try {
    yield* rowsOf(part);
  } catch (refused) {
    if (!(refused instanceof AutomodelError)) throw refused;
    yield { ...endOf(part, refused), bytesRead: part.bytes };
  }
}

/**
 * As `attemptPart`, in groups whose rows cost no turn of the event loop. A row is read when it is
 * asked for, so a group ends before the next one is.
 */
export async function* attemptGroups(part: FilePart): AsyncGenerator<Iterable<AttemptedRow>> {
  if (part.file.format !== 'jsonl') {
    for await (const row of attemptPart(part)) yield [row];
    return;
  }
  try {
    for await (const lines of linesOf(streamOf(part), part.firstRow))
      yield rowsOfLines(lines, part);
  } catch (refused) {
    if (!(refused instanceof AutomodelError)) throw refused;
    yield [endOf(part, refused)];
  }
}

/** What stands for all that follows in a file. */
const endOf = ({ file, firstRow }: FilePart, refused: AutomodelError): AttemptedRow => ({
  refused,
  source: { file: file.path, row: firstRow },
  endsFile: true,
});

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

const streamOf = ({ file, start, end }: FilePart): ByteStream => openBytes(file, start, end);

async function* jsonLines(part: FilePart): AsyncGenerator<AttemptedRow & BytesRead> {
  const stream = streamOf(part);
  for await (const lines of linesOf(stream, part.firstRow))
    for (const row of rowsOfLines(lines, part)) yield { ...row, bytesRead: stream.bytesRead() };
}

function* rowsOfLines(
  lines: readonly Line[],
  { file, firstRow }: FilePart,
): Generator<AttemptedRow> {
  for (const { bytes, number } of lines) {
    if (isBlank(bytes)) continue;
    const source = { file: file.path, row: firstRow + number - 1 };
    yield attemptedRow(source, () => rowOfLine(bytes, source));
  }
}

function rowOfLine(bytes: Buffer, source: RowSource): Row {
  const location = locationOf(source);
  const text = decodeText(bytes, location);
  const plain = source.row === 1 && text.startsWith('\ufeff') ? text.slice(1) : text;
  return rowOfJson(plain, parseJson(plain, location), source);
}
