// Reads rows: of one part, or of a whole file. Errors name file and row; blank lines are no rows.
import { openBytes } from './byte-stream.js';
import { csvRows } from './csv-rows.js';
import type { DataFile, FilePart, ReadRow } from './data-source.js';
import { jsonRows } from './json-rows.js';
import { isBlank, linesOf } from './lines.js';
import { openDataFiles } from './open-data-files.js';
import { decodeText, parseJson, rowOfJson } from './parse-json.js';
import { parquetRows } from './parquet-rows.js';
import { splitFile } from './split-file.js';
import { textRows } from './text-rows.js';

const PART_BYTES = 16 << 20;

/** The rows of `part`. Errors: `bad-data` at file:row, `bad-file` (damaged), `io`. */
export async function* readPart(part: FilePart): AsyncGenerator<ReadRow> {
  switch (part.file.format) {
    case 'jsonl':
      return yield* jsonLines(part);
    case 'json':
      return yield* jsonRows(part);
    case 'csv':
    case 'tsv':
      return yield* csvRows(part);
    case 'parquet':
      return yield* parquetRows(part);
    case 'text':
      return yield* textRows(part);
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

async function* jsonLines({ file, firstRow, start, end }: FilePart): AsyncGenerator<ReadRow> {
  const stream = openBytes(file, start, end);
  for await (const lines of linesOf(stream)) {
    for (const { bytes, number } of lines) {
      if (isBlank(bytes)) continue;
      const source = { file: file.path, row: firstRow + number - 1 };
      const location = `${file.path}:${source.row}`;
      const text = decodeText(bytes, location);
      const plain = source.row === 1 && text.startsWith('\ufeff') ? text.slice(1) : text;
      yield {
        ...rowOfJson(plain, parseJson(plain, location), source),
        bytesRead: stream.bytesRead(),
      };
    }
  }
}
