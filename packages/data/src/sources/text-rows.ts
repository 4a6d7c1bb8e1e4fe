// Rows of a text file: `{text}` for each line, each paragraph (lines between blank lines), or the
// whole file. Blank lines are skipped.
import { AutomodelError } from '@automodel/core';
import { openBytes } from './byte-stream.js';
import type { DataFile, FilePart, ReadRow } from './data-source.js';
import { isBlank, linesOf, type Line } from './lines.js';
import { decodeText } from './parse-json.js';
import { MAX_VALUE, MAX_VALUE_BYTES } from './size-limits.js';

/**
 * The rows of a text file. `RowSource.row` is the line where a row begins. Errors: `bad-data` (not
 * UTF-8).
 */
export async function* textRows({ file, firstRow, start, end }: FilePart): AsyncGenerator<ReadRow> {
  const stream = openBytes(file, start, end);
  const text = ({ bytes, number }: Line): string => {
    const row = firstRow + number - 1;
    const line = decodeText(
      bytes.at(-1) === 0x0d ? bytes.subarray(0, -1) : bytes,
      `${file.path}:${row}`,
    );
    return row === 1 && line.startsWith('\ufeff') ? line.slice(1) : line;
  };
  const rowOf = (value: string, number: number): ReadRow => ({
    value: { text: value },
    source: { file: file.path, row: firstRow + number - 1 },
    bytesRead: stream.bytesRead(),
  });
  let held: string[] = [];
  let heldBytes = 0;
  let first = 1;
  const hold = (line: Line): void => {
    heldBytes = (held.length === 0 ? 0 : heldBytes) + line.bytes.length + 1;
    if (heldBytes > MAX_VALUE_BYTES) throw tooLong(file, first);
    held.push(text(line));
  };
  for await (const lines of linesOf(stream, firstRow)) {
    for (const line of lines) {
      const blank = isBlank(line.bytes);
      if (file.sampleBy === 'document') hold(line);
      else if (file.sampleBy === 'paragraph') {
        if (blank && held.length > 0) yield rowOf(held.splice(0).join('\n'), first);
        if (blank) continue;
        if (held.length === 0) first = line.number;
        hold(line);
      } else if (!blank) {
        const value = text(line);
        if (value !== '') yield rowOf(value, line.number);
      }
    }
  }
  const rest = held.join('\n');
  held = [];
  if (rest.trim() !== '') yield rowOf(rest, first);
}

const tooLong = ({ path, sampleBy = 'line' }: DataFile, line: number): AutomodelError =>
  new AutomodelError('bad-data', `this ${sampleBy} is longer than ${MAX_VALUE}`, {
    location: `${path}:${line}`,
    hint: 'split the file, or take lines or paragraphs of it as rows with sample_by',
  });
