// Which elements of a weight a process has to read to fill what it holds of the weight's quantised
// parts: whole blocks, as blocks are what is quantised by itself.
import {
  QUANTIZED_BLOCK,
  NESTED_QUANTIZED_BLOCK,
  type QuantizedFormat,
  type QuantizedPart,
} from '@automodel/core';
import type { PlacedTensor } from '../memory/placed-tensor.js';

/** Elements of a weight, in row-major order, from `start` to before `end`. */
export interface ElementRange {
  readonly start: number;
  readonly end: number;
}

/** Codes are held four bytes a word; so a range ends with a word, whatever a block is. */
const WORD = 4;

/** The elements that are quantised together: ranges start at a multiple of them. */
export const blockOf = (format: QuantizedFormat, columns: number): number =>
  ({
    int8: WORD * columns,
    nf4: QUANTIZED_BLOCK,
    nf4_double: QUANTIZED_BLOCK * NESTED_QUANTIZED_BLOCK,
  })[format];

/** How many elements of the weight one element of a part stands for. */
export const elementsPer = (
  part: QuantizedPart['name'],
  format: QuantizedFormat,
  columns: number,
): number => {
  const maximum = format === 'int8' ? columns : QUANTIZED_BLOCK;
  return {
    codes: format === 'int8' ? WORD : 2 * WORD,
    absmax: format === 'nf4_double' ? WORD * maximum : maximum,
    nested_absmax: QUANTIZED_BLOCK * NESTED_QUANTIZED_BLOCK,
    nested_offset: 0, // it follows from what all processes read
  }[part];
};

/** A part as it is held. */
export interface HeldPart {
  readonly name: QuantizedPart['name'];
  readonly tensor: Pick<PlacedTensor, 'runs'>;
}

/** In ascending order and apart from each other. */
export function weightRanges(
  parts: readonly HeldPart[],
  format: QuantizedFormat,
  rows: number,
  columns: number,
): readonly ElementRange[] {
  const block = blockOf(format, columns);
  const ranges = parts
    .flatMap(({ name, tensor }) => {
      const each = elementsPer(name, format, columns);
      return tensor.runs.map(({ whole, count }) => ({
        start: Math.floor((whole * each) / block) * block,
        end: Math.min(rows * columns, Math.ceil(((whole + count) * each) / block) * block),
      }));
    })
    .filter(({ start, end }) => start < end)
    .sort((a, b) => a.start - b.start);
  const joined: ElementRange[] = [];
  for (const range of ranges) {
    const last = joined.at(-1);
    if (last === undefined || last.end < range.start) joined.push(range);
    else joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
  }
  return joined;
}

/** `ranges` in pieces of at most `limit` elements, but at least a block. */
export function piecesOf(
  ranges: readonly ElementRange[],
  block: number,
  limit: number,
): readonly ElementRange[] {
  const size = Math.max(1, Math.floor(limit / block)) * block;
  return ranges.flatMap(({ start, end }) =>
    Array.from({ length: Math.ceil((end - start) / size) }, (_, i) => ({
      start: start + i * size,
      end: Math.min(end, start + (i + 1) * size),
    })),
  );
}
