// Margins of one number around a tensor; a negative margin cuts it instead. As
// torch.nn.functional.pad.
import { AutomodelError } from '../../error.js';
import { allocateHostData } from '../../tensor/host-tensor.js';
import { contiguousStrides, formatShape, sizeOf, type Shape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { noFlops, totalBytes } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { copyElement, storeInteger, stridedOffsets } from '../support/elements.js';

/**
 * Margins as PyTorch lists them: before and after of the last dimension, then of the one before it,
 * ...
 */
export type PadAttributes = { readonly pad: readonly number[]; readonly value: number };

/** x with margins of `value`. x itself when all margins are zero. */
export function pad(x: Tensor, margins: readonly number[], value = 0): Tensor {
  return margins.every((margin) => margin === 0)
    ? x
    : x.trace.apply(padOp, [x], { pad: [...margins], value })[0];
}

const marginsOf = (
  rank: number,
  margins: readonly number[],
  axis: number,
): readonly [before: number, after: number] => {
  const at = 2 * (rank - 1 - axis);
  return [margins[at] ?? 0, margins[at + 1] ?? 0];
};

function paddedShape(shape: Shape, margins: readonly number[]): number[] {
  const result = shape.map((dim, axis) => {
    const [before, after] = marginsOf(shape.length, margins, axis);
    return dim + before + after;
  });
  if (
    margins.length % 2 !== 0 ||
    margins.length > 2 * shape.length ||
    result.some((dim) => dim < 0)
  )
    throw new AutomodelError(
      'bad-shape',
      `pad: margins [${margins.join(',')}] do not fit ${formatShape(shape)}`,
    );
  return result;
}

/** The part of a tensor that negative margins leave. */
const keptShape = (shape: Shape, margins: readonly number[]): Shape =>
  shape.map((dim, axis) => {
    const [before, after] = marginsOf(shape.length, margins, axis);
    return Math.max(0, dim + Math.min(before, 0) + Math.min(after, 0));
  });

export const padOp: OpDefinition<PadAttributes> = defineOp({
  name: 'pad',
  summary: 'margins of one number around a tensor',
  operands: ['x'],
  infer: ({ x }, attrs) => [{ shape: paddedShape(x.shape, attrs.pad), dtype: x.dtype }],
  reference: ({ x }, attrs, { y: type }) => {
    const rank = type.shape.length;
    const data = allocateHostData(type.dtype, sizeOf(type.shape));
    if (data instanceof Float64Array) data.fill(attrs.value);
    else
      for (let i = 0; i < data.length; i++) storeInteger(data, i, BigInt(Math.trunc(attrs.value)));
    const margins = x.shape.map((_, axis) => marginsOf(rank, attrs.pad, axis));
    const kept = keptShape(x.shape, attrs.pad);
    const base = (strides: readonly number[], sign: 1 | -1): number =>
      strides.reduce(
        (sum, stride, axis) => sum + stride * Math.max(0, sign * margins[axis]![0]),
        0,
      );
    const [into, from] = [contiguousStrides(type.shape), contiguousStrides(x.shape)];
    const source = stridedOffsets(kept, from, base(from, -1));
    stridedOffsets(kept, into, base(into, 1)).forEach((offset, i) =>
      copyElement(data, offset, x.data, source[i]!),
    );
    return [{ ...type, data }];
  },
  gradient: ({ gradients: { y: dy }, attrs }) => ({
    x: pad(
      dy,
      attrs.pad.map((margin) => -margin),
    ),
  }),
  flops: noFlops,
  bytes: ({ x: { shape, dtype } }, { y }, attrs) =>
    totalBytes([{ shape: keptShape(shape, attrs.pad), dtype }, y]),
  castRule: 'follow',
  samples: [
    { inputs: [{ shape: [2, 3, 4] }], attrs: { pad: [2, 1], value: 0 } },
    { inputs: [{ shape: [2, 3, 4] }], attrs: { pad: [0, 0, 1, 3], value: 1.5 } },
    { inputs: [{ shape: [2, 5] }], attrs: { pad: [-1, 2], value: 0 } },
    { inputs: [{ shape: [3], dtype: 'i64', range: [-9, 9] }], attrs: { pad: [1, -2], value: 7 } },
    { inputs: [{ shape: [0, 2] }], attrs: { pad: [0, 0, 1, 1], value: 0 } },
  ],
});
