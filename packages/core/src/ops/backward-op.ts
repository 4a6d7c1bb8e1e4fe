// Backward ops of fused ops: their meaning is the vector-Jacobian product of the forward op's
// decomposition, so a fused kernel pair needs one definition only.
import { vectorJacobianProduct } from '../autodiff/gradients.js';
import type { Attributes } from '../graph/graph.js';
import { cast } from './cast/cast.js';
import type { OpDefinition } from './define-op.js';
import { full } from './creation/full.js';
import type { Tensor } from '../tensor/tensor.js';

/**
 * The adjoints of `wrt` through `forward.decompose(inputs)[0]`, given the adjoint of that first
 * output. Operands take part in the chain through a copy of their own (an identity reshape is not
 * enough:
 * the same tensor may be two operands), here a cast to f32, in which all arithmetic happens;
 * results have the dtype of the operand.
 */
export function productThroughDecomposition<A extends Attributes>(
  forward: OpDefinition<A>,
  inputs: readonly (Tensor | undefined)[],
  attrs: A,
  gradient: Tensor,
  wrt: readonly number[],
): Tensor[] {
  const wide = inputs.map((t) =>
    t === undefined ? undefined : t.dtype === 'bf16' || t.dtype === 'f16' ? cast(t, 'f32') : t,
  );
  const outputs = forward.decompose!(wide, attrs);
  const cotangent = cast(gradient, outputs[0]!.dtype);
  const results = vectorJacobianProduct(
    [outputs[0]!],
    [cotangent],
    wrt.map((i) => wide[i]!),
  );
  return results.map((tensor, i) => {
    const operand = inputs[wrt[i]!]!;
    return tensor === undefined
      ? full(operand.shape, 0, operand.dtype)
      : cast(tensor, operand.dtype);
  });
}
