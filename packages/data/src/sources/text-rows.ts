// Rows of a text file: `{text}` for each line, each paragraph (lines between blank lines), or the
// whole file. Blank lines are skipped.
import { AutomodelError } from '@automodel/core';
import { openBytes } from './byte-stream.js';
import type { DataFile, FilePart, ReadRow } from './data-source.js';
import { HeldLines } from './held-lines.js';
import { blocksOf, isBlank, linesOf, type Line } from './lines.js';
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
    return row === 1 ? withoutMark(line) : line;
  };
  const rowOf = (value: string, number: number): ReadRow => ({
    value: { text: value },
    source: { file: file.path, row: firstRow + number - 1 },
    bytesRead: stream.bytesRead(),
  });
  const held = new HeldLines();
  const checkLength = (): void => {
    if (held.bytes > MAX_VALUE_BYTES) throw tooLong(file, held.first);
  };
  const heldRow = (): ReadRow => {
    const value = held.take((number) => `${file.path}:${firstRow + number - 1}`);
    const isStart = firstRow + held.first - 1 === 1;
    return rowOf(isStart ? withoutMark(value) : value, held.first);
  };
  if (file.sampleBy === 'document') {
    for await (const block of blocksOf(stream, () => firstRow)) {
      held.addBlock(block);
      checkLength();
    }
  } else {
    for await (const lines of linesOf(stream, firstRow))
      for (const line of lines) {
        const blank = isBlank(line.bytes);
        if (file.sampleBy === 'paragraph') {
          if (!blank) held.add(line);
          else if (!held.isEmpty) yield heldRow();
          checkLength();
        } else if (!blank) {
          const value = text(line);
          if (value !== '') yield rowOf(value, line.number);
        }
      }
  }
  if (held.isEmpty) return;
  const rest = heldRow();
  if (String(rest.value['text']).trim() !== '') yield rest;
}

const withoutMark = (text: string): string => (text.startsWith('\ufeff') ? text.slice(1) : text);

const tooLong = ({ path, sampleBy = 'line' }: DataFile, line: number): AutomodelError =>
  new AutomodelError('bad-data', `this ${sampleBy} is longer than ${MAX_VALUE}`, {
    location: `${path}:${line}`,
    hint: 'split the file, or take lines or paragraphs of it as rows with sample_by',
  });
