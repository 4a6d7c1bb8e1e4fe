// Rows of a text file: `{text}` for each line, each paragraph (lines between blank lines), or the
// whole file. Blank lines are no rows.
import { openBytes } from './byte-stream.js';
import type { FilePart, ReadRow } from './data-source.js';
import { isBlank, linesOf, type Line } from './lines.js';
import { decodeText } from './parse-json.js';

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
  let first = 1;
  for await (const lines of linesOf(stream)) {
    for (const line of lines) {
      const blank = isBlank(line.bytes);
      if (file.sampleBy === 'document') held.push(text(line));
      else if (file.sampleBy === 'paragraph') {
        if (blank && held.length > 0) yield rowOf(held.splice(0).join('\n'), first);
        if (blank) continue;
        if (held.length === 0) first = line.number;
        held.push(text(line));
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
