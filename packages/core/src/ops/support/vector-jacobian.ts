// Backward ops of fused ops: their meaning is the vector-Jacobian product of the forward op's
// decomposition, so a fused kernel pair needs one definition only.
import { ReversePass } from '../../graph/reverse-pass.js';
import { add } from '../elementwise/add.js';
import { AutomodelError } from '../../error.js';
import { mapNonEmpty } from '../../list-length.js';
import type { Attributes } from '../../graph/graph.js';
import { cast } from '../cast/cast.js';
import type { OpDefinition } from './define-op.js';
import { full } from '../creation/full.js';
import type { Tensor } from '../../tensor/tensor.js';

/**
 * The adjoints of all operands through the first result of `forward.decompose(operands)`, given the
 * adjoint of that result. Operands take part in the chain through a copy of their own (an identity
 * reshape is not enough: the same tensor may be two operands), here a cast to f32, in which all
 * arithmetic happens; adjoints have the dtype of the operand. Errors: `internal` for an op without
 * decomposition.
 */
export function productThroughDecomposition<
  A extends Attributes,
  const T extends readonly [Tensor, ...Tensor[]],
>(
  forward: OpDefinition<A>,
  operands: T,
  attrs: A,
  gradient: Tensor,
): { readonly [K in keyof T]: Tensor } {
  const wide = mapNonEmpty<Tensor, Tensor>(operands, (t) =>
    t.dtype === 'bf16' || t.dtype === 'f16' ? cast(t, 'f32') : t,
  );
  if (forward.decompose === undefined)
    throw new AutomodelError('internal', `op ${forward.name} has no decomposition`);
  const [result] = forward.decompose(wide, attrs);
  const pass = new ReversePass(gradient.trace, wide, add);
  pass.contribute(result.value, cast(gradient, result.dtype));
  pass.backpropagate([...gradient.trace.nodes]);
  return operands.map((operand, i) => {
    const adjoint = pass.adjoints.get(wide[i]!.value);
    return adjoint === undefined
      ? full(operand.shape, 0, operand.dtype)
      : cast(adjoint, operand.dtype);
  }) as unknown as { readonly [K in keyof T]: Tensor };
}
