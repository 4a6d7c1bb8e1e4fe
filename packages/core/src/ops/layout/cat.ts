// Concatenation along one dimension.
import { AutomodelError } from '../../error.js';
import { allocateHostData } from '../../tensor/host-tensor.js';
import { formatShape, normalizeAxis, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { copyCost } from '../default-cost.js';
import { defineOp } from '../define-op.js';
import { aroundAxis } from '../elements.js';
import { promote } from '../operand.js';
import { reshape } from './reshape.js';
import { narrow } from './slice.js';

export type CatAttributes = { readonly dim: number };

/**
 * The tensors one after the other along `dim`, promoted to one dtype. A tensor of shape [0] fits
 * everywhere, as in PyTorch: caches start with one.
 */
export function cat(tensors: readonly Tensor[], dim = 0): Tensor {
  if (tensors.length === 0) throw new AutomodelError('bad-argument', 'cat: no tensors');
  const promoted = promote('cat', tensors);
  const shaped = promoted.filter((tensor) => tensor.rank !== 1 || tensor.shape[0] !== 0);
  const parts = shaped.length === 0 ? promoted : shaped;
  const axis = normalizeAxis('cat', dim, parts[0]!.rank);
  return parts.length === 1 ? parts[0]! : parts[0]!.trace.apply(catOp, parts, { dim: axis })[0]!;
}

/** The tensors along a new dimension. */
export function stack(tensors: readonly Tensor[], dim = 0): Tensor {
  const axis = normalizeAxis('stack', dim, (tensors[0]?.rank ?? 0) + 1);
  return cat(
    tensors.map((tensor) => reshape(tensor, tensor.shape.toSpliced(axis, 0, 1))),
    axis,
  );
}

export const catOp = defineOp<CatAttributes>({
  name: 'cat',
  summary: 'tensors one after the other along a dimension',
  infer: (inputs, { dim }) => {
    const first = inputs[0]!;
    const axis = normalizeAxis('cat', dim, first.shape.length);
    const fits =
      first.shape.length > 0 &&
      inputs.every(
        (t) =>
          t!.dtype === first.dtype &&
          t!.shape.length === first.shape.length &&
          t!.shape.every((size, i) => i === axis || size === first.shape[i]),
      );
    if (!fits)
      throw new AutomodelError(
        'bad-shape',
        `cat: ${inputs.map((t) => t!.dtype + formatShape(t!.shape)).join(', ')} do not fit along ` +
          `dimension ${dim}`,
      );
    return [
      {
        shape: first.shape.with(
          axis,
          inputs.reduce((sum, t) => sum + t!.shape[axis]!, 0),
        ),
        dtype: first.dtype,
      },
    ];
  },
  reference: (inputs, { dim }, outputs) => {
    const type = outputs[0]!;
    const axis = normalizeAxis('cat', dim, type.shape.length);
    const { outer, size, inner } = aroundAxis(type.shape, axis);
    const data = allocateHostData(type.dtype, sizeOf(type.shape)) as Float64Array;
    let start = 0;
    for (const input of inputs) {
      const width = input!.shape[axis]! * inner;
      for (let o = 0; o < outer; o++)
        data.set(
          (input!.data as Float64Array).subarray(o * width, (o + 1) * width),
          o * size * inner + start,
        );
      start += width;
    }
    return [{ ...type, data }];
  },
  gradient: ({ inputs, gradients, needs, attrs: { dim } }) => {
    const axis = normalizeAxis('cat', dim, inputs[0]!.rank);
    let start = 0;
    return inputs.map((input, i) => {
      const length = input!.shape[axis]!;
      start += length;
      return needs[i] === true ? narrow(gradients[0]!, axis, start - length, length) : undefined;
    });
  },
  cost: copyCost,
  precision: 'follow',
  samples: [
    { inputs: [{ shape: [3, 4] }, { shape: [3, 2] }, { shape: [3, 1] }], attrs: { dim: 1 } },
    { inputs: [{ shape: [2, 5] }, { shape: [0, 5] }, { shape: [3, 5] }], attrs: { dim: 0 } },
    {
      inputs: [
        { shape: [2, 3], dtype: 'i64', range: [-9, 9] },
        { shape: [2, 1], dtype: 'i64', range: [-9, 9] },
      ],
      attrs: { dim: -1 },
    },
  ],
});
