// A value as a constant: the same numbers, through which no gradient passes (torch.Tensor.detach).
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import type { NoAttributes } from '../support/operand.js';

/** x of any type and shape -> x, cut off from differentiation. */
export function detach(x: Tensor): Tensor {
  return x.trace.apply(detachOp, [x], {})[0];
}

export const detachOp: OpDefinition<NoAttributes> = defineOp({
  name: 'detach',
  summary: 'x, through which no gradient passes',
  operands: ['x'],
  infer: ({ x }) => [{ shape: x.shape, dtype: x.dtype }],
  decompose: ({ x }) => [x],
  gradient: () => ({}),
  samples: [{ inputs: [{ shape: [2, 3] }], attrs: {}, differentiable: [] }],
});
