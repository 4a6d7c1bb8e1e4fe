// What a quantised weight consists of: its tensors for each format, and the bytes inside. Codes of
// 4 and 8 bits are stored as bytes in row-major order, held as i32 words because tensors have no
// smaller integers; the last word is filled with zeros.
import { type Named } from '../support/name-list.js';
import { AutomodelError } from '../../error.js';
import type { TensorType } from '../../graph/graph.js';

/**
 * `nf4`: 4-bit codes, blocks of 64 elements in row-major order scaled by their absolute maximum in
 * f32. `nf4_double`: those maxima, less their mean, in turn as 8-bit codes of the dynamic map in
 * blocks of 256 (bitsandbytes' compress_statistics). `int8`: whole numbers -127..127, each row
 * scaled by its absolute maximum (LLM.int8's vectors, without outliers).
 */
export type QuantizedFormat = 'nf4' | 'nf4_double' | 'int8';

/** The number of elements that share an absolute maximum, and of maxima that share one in turn. */
export const [BLOCK, NESTED_BLOCK] = [64, 256] as const;

/** The tensors of a quantised weight [rows,columns], in the order in which ops take them. */
export interface QuantizedPart extends TensorType {
  readonly name: 'codes' | 'absmax' | 'nested_absmax' | 'nested_offset';
}

const words = (bytes: number): readonly number[] => [Math.ceil(bytes / 4)];

/** The parts of a weight [rows,columns] in `format`. */
export function quantizedParts(
  format: QuantizedFormat,
  rows: number,
  columns: number,
): readonly QuantizedPart[] {
  const size = rows * columns;
  const blocks = Math.ceil(size / BLOCK);
  if (format === 'int8')
    return [
      { name: 'codes', shape: words(size), dtype: 'i32' },
      { name: 'absmax', shape: [rows], dtype: 'f32' },
    ];
  const codes: QuantizedPart = { name: 'codes', shape: words(Math.ceil(size / 2)), dtype: 'i32' };
  if (format === 'nf4') return [codes, { name: 'absmax', shape: [blocks], dtype: 'f32' }];
  return [
    codes,
    { name: 'absmax', shape: words(blocks), dtype: 'i32' },
    { name: 'nested_absmax', shape: [Math.ceil(blocks / NESTED_BLOCK)], dtype: 'f32' },
    { name: 'nested_offset', shape: [1], dtype: 'f32' },
  ];
}

/** The parts as operands of an op. */
export type QuantizedOperands<T> = Named<'codes' | 'absmax' | 'nestedAbsmax?' | 'nestedOffset?', T>;

/** The operands that are there, in their order. */
export const partList = <T>(operands: QuantizedOperands<T>): T[] => {
  const { codes, absmax, nestedAbsmax, nestedOffset } = operands;
  return [codes, absmax, nestedAbsmax, nestedOffset].filter((part) => part !== undefined);
};

/** Errors: `bad-shape` where `operands` are not the parts of a weight [rows,columns]. */
export function checkParts(
  op: string,
  operands: QuantizedOperands<TensorType>,
  format: QuantizedFormat,
  rows: number,
  columns: number,
): void {
  const parts = quantizedParts(format, rows, columns);
  const given = partList(operands);
  const text = (types: readonly TensorType[]): string =>
    types.map((t) => `${t.dtype}[${t.shape.join(',')}]`).join(', ');
  if (text(given) !== text(parts))
    throw new AutomodelError(
      'bad-shape',
      `${op}: ${text(given)} are not the ${format} parts of a weight [${rows},${columns}]: ` +
        `${text(parts)}`,
    );
}

/** The bytes of i32 elements, in memory order. */
export const bytesOfWords = (data: Int32Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
