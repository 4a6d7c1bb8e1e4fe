// Concatenation along one dimension.
import { AutomodelError } from '../../error.js';
import { nonEmpty } from '../../list-length.js';
import { formatShape, normalizeAxis, sizeAt } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { noFlops } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { aroundAxis, floatsOf, newFloats } from '../support/elements.js';
import { promote } from '../support/operand.js';
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
  const parts = nonEmpty(shaped.length === 0 ? promoted : shaped);
  const [first, ...others] = parts;
  const axis = normalizeAxis('cat', dim, first.rank);
  return others.length === 0 ? first : first.trace.apply(catOp, parts, { dim: axis })[0];
}

/** The tensors along a new dimension. */
export function stack(tensors: readonly Tensor[], dim = 0): Tensor {
  const axis = normalizeAxis('stack', dim, (tensors[0]?.rank ?? 0) + 1);
  return cat(
    tensors.map((tensor) => reshape(tensor, tensor.shape.toSpliced(axis, 0, 1))),
    axis,
  );
}

export const catOp: OpDefinition<CatAttributes> = defineOp({
  name: 'cat',
  summary: 'tensors one after the other along a dimension',
  operands: ['...tensors'],
  infer: ({ tensors }, { dim }) => {
    const [first] = nonEmpty(tensors);
    const axis = normalizeAxis('cat', dim, first.shape.length);
    const fits =
      first.shape.length > 0 &&
      tensors.every(
        (t) =>
          t.dtype === first.dtype &&
          t.shape.length === first.shape.length &&
          t.shape.every((size, i) => i === axis || size === first.shape[i]),
      );
    if (!fits)
      throw new AutomodelError(
        'bad-shape',
        `cat: ${tensors.map((t) => t.dtype + formatShape(t.shape)).join(', ')} do not fit along ` +
          `dimension ${dim}`,
      );
    return [
      {
        shape: first.shape.with(
          axis,
          tensors.reduce((sum, t) => sum + sizeAt(t, axis), 0),
        ),
        dtype: first.dtype,
      },
    ];
  },
  reference: ({ tensors }, { dim }, { y }) => {
    const axis = normalizeAxis('cat', dim, y.shape.length);
    const { outer, size, inner } = aroundAxis(y.shape, axis);
    const data = newFloats(y);
    let start = 0;
    for (const tensor of tensors) {
      const width = sizeAt(tensor, axis) * inner;
      for (let o = 0; o < outer; o++)
        data.set(floatsOf(tensor).subarray(o * width, (o + 1) * width), o * size * inner + start);
      start += width;
    }
    return [{ ...y, data }];
  },
  gradient: ({ operands: { tensors }, gradients: { y: dy }, needs, attrs: { dim } }) => {
    const axis = normalizeAxis('cat', dim, dy.rank);
    let start = 0;
    const adjoints = tensors.map((tensor, i) => {
      const length = sizeAt(tensor, axis);
      start += length;
      return needs.tensors[i] === true ? narrow(dy, axis, start - length, length) : undefined;
    });
    return { tensors: adjoints };
  },
  flops: noFlops,
  castRule: 'follow',
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
