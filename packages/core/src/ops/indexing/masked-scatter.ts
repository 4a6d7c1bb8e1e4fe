// A copy in which the masked elements are replaced by the elements of a source, in order, as
// torch.masked_scatter: how image features enter a sequence of tokens.
import { AutomodelError } from '../../error.js';
import { broadcastShapes, formatType, sameShape, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { cast } from '../cast/cast.js';
import { full } from '../creation/full.js';
import { noFlops } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { broadcastOffsets, copyElement } from '../support/elements.js';
import { sub } from '../elementwise/sub.js';
import { expand } from '../layout/expand.js';
import { reshape } from '../layout/reshape.js';
import { narrow } from '../layout/slice.js';
import type { NoAttributes } from '../support/operand.js';
import { cumsum } from '../reduce/cumsum.js';
import { where } from '../select/where.js';
import { scatterAdd } from './scatter-add.js';

/**
 * x where `mask` (bool, both broadcast together) is false; where it is true the elements of
 * `source`, row-major, one after the other.
 */
export function maskedScatter(x: Tensor, mask: Tensor, source: Tensor): Tensor {
  return x.trace.apply(
    maskedScatterOp,
    [expand(x, broadcastShapes('masked_scatter', x.shape, mask.shape)), mask, source],
    {},
  )[0];
}

/**
 * Element k of the source went to the k-th true element of the mask; unused elements get zero. An
 * extra element behind the source collects the rest.
 */
function sourceAdjoint(mask: Tensor, source: Tensor, dy: Tensor): Tensor {
  const size = sizeOf(source.shape);
  const flat = reshape(expand(mask, dy.shape), [sizeOf(dy.shape)]);
  const rank = sub(cumsum(cast(flat, 'i64'), 0), 1n);
  const collected = scatterAdd(
    full([size + 1], 0, dy.dtype, dy.trace),
    0,
    where(flat, rank, BigInt(size)),
    reshape(dy, [sizeOf(dy.shape)]),
  );
  return reshape(narrow(collected, 0, 0, size), source.shape);
}

export const maskedScatterOp: OpDefinition<NoAttributes> = defineOp({
  name: 'masked_scatter',
  summary: 'a copy whose masked places take the elements of a source in order',
  operands: ['x', 'mask', 'source'],
  infer: ({ x, mask, source }) => {
    const fits =
      mask.dtype === 'bool' &&
      source.dtype === x.dtype &&
      sameShape(broadcastShapes('masked_scatter', x.shape, mask.shape), x.shape);
    if (!fits)
      throw new AutomodelError(
        'bad-shape',
        `masked_scatter: mask ${formatType(mask)} and source ${source.dtype} ` +
          `do not fit x ${formatType(x)}`,
      );
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  reference: ({ x, mask, source }) => {
    const from = broadcastOffsets(mask.shape, x.shape);
    const data = x.data.slice();
    let next = 0;
    for (let i = 0; i < data.length; i++) {
      if (mask.data[from?.[i] ?? i] === 0) continue;
      if (next >= source.data.length)
        throw new AutomodelError(
          'bad-data',
          'masked_scatter: the mask has more true places than the source has elements ' +
            `(${source.data.length})`,
        );
      copyElement(data, i, source.data, next++);
    }
    return [{ ...x, data }];
  },
  gradient: ({ operands: { mask, source }, gradients: { y: dy }, needs }) => ({
    x: needs.x ? where(mask, 0, dy) : undefined,
    source: needs.source ? sourceAdjoint(mask, source, dy) : undefined,
  }),
  flops: noFlops,
  castRule: 'follow',
  overwrites: [[0, 0]],
  samples: [
    { inputs: [{ shape: [4, 3] }, { shape: [4, 3], dtype: 'bool' }, { shape: [13] }], attrs: {} },
    { inputs: [{ shape: [4, 3] }, { shape: [4, 1], dtype: 'bool' }, { shape: [4, 3] }], attrs: {} },
  ],
});
