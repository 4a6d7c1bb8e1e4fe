// A copy with elements replaced by index along one dimension, as torch.scatter. Where two indices
// are equal, the later one wins here; PyTorch leaves it open.
import { AutomodelError } from '../../error.js';
import { sameShape, normalizeAxis } from '../../tensor/shape.js';
import { Tensor } from '../../tensor/tensor.js';
import { zerosLike } from '../creation/full.js';
import { noFlops } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { copyElement } from '../support/elements.js';
import { expand } from '../layout/expand.js';
import { asTensor, type Operand } from '../support/operand.js';
import { checkAlongAxis, offsetsAlongAxis, type AxisAttributes } from './along-axis.js';
import { gather } from './gather.js';

/**
 * A copy of x with y[index[i][j]][j] = src[i][j] for dim 0, and so on; `src` is broadcast to
 * `index`.
 */
export function scatter(x: Tensor, dim: number, index: Tensor, src: Operand): Tensor {
  if (src instanceof Tensor && src.dtype !== x.dtype)
    throw new AutomodelError(
      'bad-argument',
      `scatter: a source of ${src.dtype} does not fit into ${x.dtype}`,
    );
  return x.trace.apply(
    scatterOp,
    [x, index, expand(asTensor(x.trace, src, x.dtype), index.shape)],
    { dim: normalizeAxis('scatter', dim, x.rank) },
  )[0];
}

export const scatterOp: OpDefinition<AxisAttributes> = defineOp({
  name: 'scatter',
  summary: 'a copy with elements replaced by index along a dimension',
  operands: ['x', 'index', 'src'],
  infer: ({ x, index, src }, { dim }) => {
    checkAlongAxis('scatter', x, index, dim);
    if (src.dtype !== x.dtype || !sameShape(src.shape, index.shape))
      throw new AutomodelError(
        'bad-shape',
        `scatter: the source must be ${x.dtype} with the shape of the index`,
      );
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  reference: ({ x, index, src }, { dim }) => {
    const data = x.data.slice();
    offsetsAlongAxis('scatter', x.shape, index, dim).forEach((offset, i) =>
      copyElement(data, offset, src.data, i),
    );
    return [{ ...x, data }];
  },
  gradient: ({ operands: { index, src }, gradients: { y: dy }, needs, attrs: { dim } }) => ({
    x: needs.x ? scatter(dy, dim, index, zerosLike(src)) : undefined,
    src: needs.src ? gather(dy, dim, index) : undefined,
  }),
  flops: noFlops,
  castRule: 'follow',
  overwrites: [[0, 0]],
  samples: [
    {
      inputs: [
        { shape: [2, 6] },
        { shape: [2, 3], dtype: 'i64', values: [5, 0, 2, 1, 4, 3] },
        { shape: [2, 3] },
      ],
      attrs: { dim: 1 },
    },
    {
      inputs: [
        { shape: [4, 2], dtype: 'i64', range: [0, 9] },
        { shape: [2, 2], dtype: 'i32', values: [3, 0, 1, 2] },
        { shape: [2, 2], dtype: 'i64', range: [0, 9] },
      ],
      attrs: { dim: 0 },
    },
  ],
});
