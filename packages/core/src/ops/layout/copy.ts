// A tensor copied to memory of its own. Programs rarely ask for it: the planner inserts it where a
// kernel cannot read a view directly, for the pieces of a concatenation, and for results that are
// views. Every backend therefore has a kernel for it, which reads and writes strided views.
import type { Tensor } from '../../tensor/tensor.js';
import { noFlops } from '../support/default-cost.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import type { NoAttributes } from '../support/operand.js';

/** The same elements, row-major in memory of their own. */
export function copy(x: Tensor): Tensor {
  return x.trace.apply(copyOp, [x], {})[0];
}

export const copyOp: OpDefinition<NoAttributes> = defineOp({
  name: 'copy',
  summary: 'the same elements in memory of their own',
  operands: ['x'],
  infer: ({ x }) => [{ shape: x.shape, dtype: x.dtype }],
  reference: ({ x }) => [x],
  gradient: ({ gradients: { y: dy } }) => ({ x: dy }),
  flops: noFlops,
  castRule: 'follow',
  samples: [
    { inputs: [{ shape: [3, 4, 5] }], attrs: {} },
    { inputs: [{ shape: [7], dtype: 'i64', range: [-9, 9] }], attrs: {} },
    { inputs: [{ shape: [], dtype: 'bf16' }], attrs: {} },
  ],
});
