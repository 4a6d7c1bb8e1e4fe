// Slices added at positions along one dimension, as torch.index_add, in the order of the positions.
import { AutomodelError } from '../../error.js';
import { categoryOf } from '../../tensor/dtype.js';
import type { TensorType } from '../../graph/graph.js';
import { formatType, normalizeAxis, sameShape, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import type { Named } from '../support/name-list.js';
import { addElement } from '../support/elements.js';
import { reshape } from '../layout/reshape.js';
import type { AxisAttributes } from './along-axis.js';
import { indexedOffsets } from './advanced-index.js';
import { index } from './index-tensor.js';

/** A copy of x with slice i of `src` added to slice positions[i] along `dim`. */
export function indexAdd(x: Tensor, dim: number, positions: Tensor, src: Tensor): Tensor {
  return x.trace.apply(indexAddOp, [x, positionList(positions), src], {
    dim: normalizeAxis('index_add', dim, x.rank),
  })[0];
}

/** One position may be a 0-dimensional tensor. */
export const positionList = (positions: Tensor): Tensor =>
  positions.rank === 0 ? reshape(positions, [1]) : positions;

/** Shape rule of index_add and index_copy: x, positions[P], src with P slices along `dim`. */
export function inferSlices(
  op: string,
  { x, positions, src }: Named<'x' | 'positions' | 'src', TensorType>,
  { dim }: AxisAttributes,
): readonly [TensorType] {
  const axis = normalizeAxis(op, dim, x.shape.length);
  const fits =
    positions.shape.length === 1 &&
    categoryOf(positions.dtype) === 'integer' &&
    x.shape.length > 0 &&
    sameShape(src.shape, x.shape.with(axis, sizeOf(positions.shape))) &&
    src.dtype === x.dtype;
  if (!fits)
    throw new AutomodelError(
      'bad-shape',
      `${op}: ${formatType(src)} at ` +
        `${formatType(positions)} does not fit into ` +
        `${formatType(x)} along dimension ${dim}`,
    );
  return [{ shape: x.shape, dtype: x.dtype }];
}

export const indexAddOp: OpDefinition<AxisAttributes> = defineOp({
  name: 'index_add',
  summary: 'slices added at positions along a dimension',
  operands: ['x', 'positions', 'src'],
  infer: (operands, attrs) => inferSlices('index_add', operands, attrs),
  reference: ({ x, positions, src }, { dim }) => {
    const data = x.data.slice();
    indexedOffsets('index_add', x.shape, [positions], [dim]).forEach((offset, i) =>
      addElement(data, offset, src.data, i),
    );
    return [{ ...x, data }];
  },
  gradient: ({ operands: { positions }, gradients: { y: dy }, needs, attrs: { dim } }) => ({
    x: dy,
    src: needs.src ? index(dy, [dim], [positions]) : undefined,
  }),
  castRule: 'follow',
  overwrites: [[0, 0]],
  samples: [
    {
      inputs: [{ shape: [9, 4] }, { shape: [12], dtype: 'i64', range: [0, 8] }, { shape: [12, 4] }],
      attrs: { dim: 0 },
    },
    {
      inputs: [
        { shape: [2, 5], dtype: 'i64', range: [-9, 9] },
        { shape: [3], dtype: 'i32', range: [0, 4] },
        { shape: [2, 3], dtype: 'i64', range: [-9, 9] },
      ],
      attrs: { dim: 1 },
    },
  ],
});
