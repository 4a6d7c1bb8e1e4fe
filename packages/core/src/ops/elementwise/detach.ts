// A value as a constant: the same numbers, through which no gradient passes (torch.Tensor.detach).
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../define-op.js';

/** x of any type and shape -> x, cut off from differentiation. */
export function detach(x: Tensor): Tensor {
  return x.trace.apply(detachOp, [x], {})[0]!;
}

export const detachOp: OpDefinition<Record<string, never>> = defineOp<Record<string, never>>({
  name: 'detach',
  summary: 'x, through which no gradient passes',
  infer: (inputs) => [{ shape: inputs[0]!.shape, dtype: inputs[0]!.dtype }],
  decompose: (inputs) => [inputs[0]!],
  gradient: () => [undefined],
  samples: [{ inputs: [{ shape: [2, 3] }], attrs: {}, differentiable: [] }],
});
