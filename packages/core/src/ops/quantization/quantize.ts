// From a weight to 4-bit or 8-bit codes, as bitsandbytes quantises: see `QuantizedFormat`.
// Arithmetic is f32, so that kernels give the same codes.
import { AutomodelError } from '../../error.js';
import { isFloat } from '../../tensor/dtype.js';
import { allocateHostData } from '../../tensor/host-tensor.js';
import { formatType, sizeAt, sizeOf, sizesOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { DYNAMIC_MAP, nearestCode, NF4_VALUES } from './code-values.js';
import {
  BLOCK,
  bytesOfWords,
  NESTED_BLOCK,
  quantizedParts,
  type QuantizedFormat,
} from './quantized-parts.js';

export type QuantizeAttributes = { readonly format: QuantizedFormat };

/** weight[rows,columns] -> its parts, in the order of `quantizedParts`. */
export function quantize(weight: Tensor, format: QuantizedFormat): readonly Tensor[] {
  return weight.trace.apply(quantizeOp, [weight], { format });
}

/**
 * Codes of `size` elements in blocks; `store` takes each element's code. Returns the absolute
 * maximum of each block.
 */
function quantizeBlocks(
  values: Float32Array,
  block: number,
  codeOf: (x: number) => number,
  store: (i: number, code: number) => void,
): Float32Array {
  const maxima = new Float32Array(Math.ceil(values.length / block));
  maxima.forEach((_, b) => {
    const end = Math.min(values.length, (b + 1) * block);
    let most = 0;
    for (let i = b * block; i < end; i++) most = Math.max(most, Math.abs(values[i]!));
    maxima[b] = most;
    const inverse = most > 0 ? Math.fround(1 / most) : 0;
    for (let i = b * block; i < end; i++) store(i, codeOf(Math.fround(values[i]! * inverse)));
  });
  return maxima;
}

const sum = (values: Float32Array | Float64Array): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};

/** The sum of each nested block of maxima, in f64: of whole blocks, whoever holds the others. */
export const sumsOfMaxima = (maxima: Float32Array): Float64Array =>
  Float64Array.from({ length: Math.ceil(maxima.length / NESTED_BLOCK) }, (_, i) =>
    sum(maxima.subarray(i * NESTED_BLOCK, (i + 1) * NESTED_BLOCK)),
  );

/** The mean of `blocks` maxima in f32, from the sums of all nested blocks. */
export const offsetOfMaxima = (sums: Float64Array, blocks: number): number =>
  Math.fround(sum(sums) / Math.max(1, blocks));

/**
 * Absolute maxima, less `offset`, as codes of the dynamic map. Returns the absolute maximum of each
 * nested block of them.
 */
export const quantizeMaxima = (
  maxima: Float32Array,
  offset: number,
  codes: Uint8Array,
): Float32Array =>
  quantizeBlocks(
    maxima.map((x) => x - offset),
    NESTED_BLOCK,
    (x) => nearestCode(DYNAMIC_MAP, x),
    (i, code) => (codes[i] = code),
  );

/** The nearest whole number, ties to even. */
function roundToEven(x: number): number {
  const below = Math.floor(x);
  return x - below > 0.5 || (x - below === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

function quantizeRows(values: Float32Array, columns: number, codes: Uint8Array): Float32Array {
  const maxima = new Float32Array(values.length / columns);
  maxima.forEach((_, row) => {
    const line = values.subarray(row * columns, (row + 1) * columns);
    const most = line.reduce((m, x) => Math.max(m, Math.abs(x)), 0);
    maxima[row] = most;
    const scale = most > 0 ? Math.fround(127 / most) : 0;
    line.forEach((x, i) => (codes[row * columns + i] = roundToEven(Math.fround(x * scale))));
  });
  return maxima;
}

export const quantizeOp: OpDefinition<QuantizeAttributes> = defineOp({
  name: 'quantize',
  summary: 'a weight as 4-bit or 8-bit codes with the absolute maxima that scale them',
  operands: ['weight'],
  outputs: ['...parts'],
  infer: ({ weight }, { format }) => {
    if (weight.shape.length !== 2 || !isFloat(weight.dtype))
      throw new AutomodelError(
        'bad-shape',
        'quantize: the weight must be a float [rows,columns], not ' + `${formatType(weight)}`,
      );
    return quantizedParts(format, ...sizesOf(weight, 2));
  },
  reference({ weight }, { format }, { parts }) {
    const values = Float32Array.from(weight.data as Float64Array);
    const results = parts.map((type) => ({
      ...type,
      data: allocateHostData(type.dtype, sizeOf(type.shape)),
    }));
    const bytes = (i: number): Uint8Array => bytesOfWords(results[i]!.data as Int32Array);
    const codes = bytes(0);
    const maxima =
      format === 'int8'
        ? quantizeRows(values, sizeAt(weight, 1), codes)
        : quantizeBlocks(
            values,
            BLOCK,
            (x) => nearestCode(NF4_VALUES, x),
            (i, code) => (codes[i >> 1]! |= i % 2 === 0 ? code << 4 : code),
          );
    if (format !== 'nf4_double') {
      (results[1]!.data as Float64Array).set(maxima);
      return results;
    }
    const offset = offsetOfMaxima(sumsOfMaxima(maxima), maxima.length);
    (results[2]!.data as Float64Array).set(quantizeMaxima(maxima, offset, bytes(1)));
    results[3]!.data[0] = offset;
    return results;
  },
  castRule: 'full',
  samples: [
    { inputs: [{ shape: [3, 50] }], attrs: { format: 'nf4' }, differentiable: [] },
    { inputs: [{ shape: [5, 77] }], attrs: { format: 'nf4_double' }, differentiable: [] },
    { inputs: [{ shape: [70, 260] }], attrs: { format: 'nf4_double' }, differentiable: [] },
    { inputs: [{ shape: [3, 50] }], attrs: { format: 'int8' }, differentiable: [] },
    { inputs: [{ shape: [2, 64], range: [0, 0] }], attrs: { format: 'nf4' }, differentiable: [] },
  ],
});
