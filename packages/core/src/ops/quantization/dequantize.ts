// From codes back to numbers: the meaning of a quantised weight, as bitsandbytes dequantises it in
// f32.

import { nonEmpty } from '../../list-length.js';
import type { HostTensor } from '../../tensor/host-tensor.js';
import { sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { DYNAMIC_MAP, NF4_VALUES } from './code-values.js';
import {
  BLOCK,
  bytesOfWords,
  checkParts,
  NESTED_BLOCK,
  quantizedParts,
  type QuantizedOperands,
  type QuantizedFormat,
} from './quantized-parts.js';

/** Format and size of a quantised weight. */
export type QuantizedAttributes = {
  readonly format: QuantizedFormat;
  readonly rows: number;
  readonly columns: number;
};

/** The parts of a quantised weight, in the order of `quantizedParts` -> f32[rows,columns]. */
export function dequantize(parts: readonly Tensor[], attrs: QuantizedAttributes): Tensor {
  return nonEmpty(parts)[0].trace.apply(dequantizeOp, parts, attrs)[0];
}

const INT8_UNIT = Math.fround(1 / 127);

/** The maximum that scales a block, as stored or from its code. */
function absoluteMaxima({
  absmax,
  nestedAbsmax: nested,
  nestedOffset: offset,
}: QuantizedOperands<HostTensor>): (block: number) => number {
  if (nested === undefined || offset === undefined) return (block) => Number(absmax.data[block]);
  const codes = bytesOfWords(absmax.data as Int32Array);
  return (block) =>
    Math.fround(
      Math.fround(
        DYNAMIC_MAP[codes[block]!]! * Number(nested.data[Math.floor(block / NESTED_BLOCK)]),
      ) + Number(offset.data[0]),
    );
}

/** Parts of a sample with any codes and small maxima. */
export function sampleParts({ format, rows, columns }: QuantizedAttributes): {
  shape: readonly number[];
  dtype: 'i32' | 'f32';
  range: readonly [number, number];
}[] {
  return quantizedParts(format, rows, columns).map(({ name, shape, dtype }) => {
    if (dtype === 'i32') return { shape, dtype, range: [-(2 ** 31), 2 ** 31 - 1] };
    return { shape, dtype: 'f32', range: name === 'nested_offset' ? [1, 2] : [0.5, 1] };
  });
}

const sample = (
  format: QuantizedFormat,
  rows: number,
  columns: number,
): { inputs: ReturnType<typeof sampleParts>; attrs: QuantizedAttributes; differentiable: [] } => {
  const attrs = { format, rows, columns };
  return { inputs: sampleParts(attrs), attrs, differentiable: [] };
};

export const dequantizeOp: OpDefinition<QuantizedAttributes> = defineOp({
  name: 'dequantize',
  summary: 'the numbers that 4-bit or 8-bit codes stand for',
  operands: ['codes', 'absmax', 'nestedAbsmax?', 'nestedOffset?'],
  infer: (parts, { format, rows, columns }) => {
    checkParts('dequantize', parts, format, rows, columns);
    return [{ shape: [rows, columns], dtype: 'f32' }];
  },
  reference(parts, { format, columns }, { y }) {
    const codes = bytesOfWords(parts.codes.data as Int32Array);
    const data = new Float64Array(sizeOf(y.shape));
    if (format === 'int8') {
      const signed = new Int8Array(codes.buffer, codes.byteOffset, codes.byteLength);
      for (let i = 0; i < data.length; i++)
        data[i] = Math.fround(
          Math.fround(signed[i]! * Number(parts.absmax.data[Math.floor(i / columns)])) * INT8_UNIT,
        );
    } else {
      const maxima = absoluteMaxima(parts);
      for (let i = 0; i < data.length; i++)
        data[i] = Math.fround(
          NF4_VALUES[i % 2 === 0 ? codes[i >> 1]! >> 4 : codes[i >> 1]! & 15]! *
            maxima(Math.floor(i / BLOCK)),
        );
    }
    return [{ ...y, data }];
  },
  samples: [
    sample('nf4', 3, 50),
    sample('nf4_double', 5, 77),
    sample('nf4_double', 70, 260),
    sample('int8', 3, 50),
  ],
});
