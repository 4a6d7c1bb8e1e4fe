// Slices written at positions along one dimension, as torch.index_copy. Where two positions are
// equal, the later one wins.
import { normalizeAxis } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { zerosLike } from '../creation/full.js';
import { noFlops } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { copyElement } from '../support/elements.js';
import type { AxisAttributes } from './along-axis.js';
import { indexedOffsets } from './advanced-index.js';
import { inferSlices, positionList } from './index-add.js';
import { index } from './index-tensor.js';

/** A copy of x with slice positions[i] along `dim` replaced by slice i of `src`. */
export function indexCopy(x: Tensor, dim: number, positions: Tensor, src: Tensor): Tensor {
  return x.trace.apply(indexCopyOp, [x, positionList(positions), src], {
    dim: normalizeAxis('index_copy', dim, x.rank),
  })[0];
}

export const indexCopyOp: OpDefinition<AxisAttributes> = defineOp({
  name: 'index_copy',
  summary: 'slices written at positions along a dimension',
  operands: ['x', 'positions', 'src'],
  infer: (operands, attrs) => inferSlices('index_copy', operands, attrs),
  reference: ({ x, positions, src }, { dim }) => {
    const data = x.data.slice();
    indexedOffsets('index_copy', x.shape, [positions], [dim]).forEach((offset, i) =>
      copyElement(data, offset, src.data, i),
    );
    return [{ ...x, data }];
  },
  gradient: ({ operands: { positions, src }, gradients: { y: dy }, needs, attrs: { dim } }) => ({
    x: needs.x ? indexCopy(dy, dim, positions, zerosLike(src)) : undefined,
    src: needs.src ? index(dy, [dim], [positions]) : undefined,
  }),
  flops: noFlops,
  castRule: 'follow',
  overwrites: [[0, 0]],
  samples: [
    {
      inputs: [
        { shape: [3, 9] },
        { shape: [4], dtype: 'i64', values: [8, 0, 3, 5] },
        { shape: [3, 4] },
      ],
      attrs: { dim: 1 },
    },
    {
      inputs: [
        { shape: [4, 2], dtype: 'i64', range: [-9, 9] },
        { shape: [1], dtype: 'i32', values: [2] },
        { shape: [1, 2], dtype: 'i64', range: [-9, 9] },
      ],
      attrs: { dim: 0 },
    },
  ],
});
