// The family of triangular parts: entries of the last two dimensions on one side of a diagonal are
// kept, the others are zero.
import { AutomodelError } from '../../error.js';
import { allocateHostData } from '../../tensor/host-tensor.js';
import { formatShape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { noFlops } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { copyElement } from '../support/elements.js';

export type TriangleAttributes = { readonly diagonal: number };

/** An op that keeps entry (i, j) where `keeps(j - i, diagonal)`. */
export function triangleOp(
  name: string,
  summary: string,
  keeps: (distance: number, diagonal: number) => boolean,
  again: (x: Tensor, diagonal: number) => Tensor,
): OpDefinition<TriangleAttributes> {
  return defineOp({
    name,
    summary,
    operands: ['x'],
    infer: ({ x }) => {
      if (x.shape.length < 2)
        throw new AutomodelError(
          'bad-shape',
          `${name} needs a matrix, not ${formatShape(x.shape)}`,
        );
      return [{ shape: x.shape, dtype: x.dtype }];
    },
    reference: ({ x }, { diagonal }) => {
      const [rows, columns] = [x.shape.at(-2)!, x.shape.at(-1)!];
      const data = allocateHostData(x.dtype, x.data.length);
      for (let at = 0; at < data.length; at++)
        if (keeps((at % columns) - (Math.floor(at / columns) % rows), diagonal))
          copyElement(data, at, x.data, at);
      return [{ ...x, data }];
    },
    gradient: ({ gradients: { y: dy }, attrs }) => ({ x: again(dy, attrs.diagonal) }),
    flops: noFlops,
    castRule: 'follow',
    overwrites: [[0, 0]],
    samples: [
      { inputs: [{ shape: [5, 7] }], attrs: { diagonal: 0 } },
      { inputs: [{ shape: [2, 6, 4] }], attrs: { diagonal: -2 } },
      { inputs: [{ shape: [6, 6], dtype: 'bool' }], attrs: { diagonal: 1 } },
      { inputs: [{ shape: [0, 3] }], attrs: { diagonal: 0 } },
    ],
  });
}
