// What a trace holds its callers to: operands of one trace, types that an op takes, assigns that
// fit their target. Errors name the graph or the scope.
import { AutomodelError } from '../error.js';
import type { OpDefinition } from '../ops/support/define-op.js';
import type { Tensor } from '../tensor/tensor.js';
import { isGraphInput, type Attributes, type GraphInput, type Value } from './graph.js';

/** The types of an op's outputs. Shape errors name the scope. */
export function inferTypes<A extends Attributes>(
  op: OpDefinition<A>,
  operands: readonly (Value | undefined)[],
  attrs: A,
  scope: string,
): ReturnType<OpDefinition<A>['infer']> {
  try {
    return op.infer(operands, attrs);
  } catch (error) {
    if (!(error instanceof AutomodelError) || scope === '') throw error;
    throw new AutomodelError(error.code, `${error.message}, in ${scope}`, {
      hint: error.hint,
      cause: error,
    });
  }
}

/** The error of an op whose operands belong to two traces. */
export const mixedTraces = (op: string, one: string, other: string): AutomodelError =>
  new AutomodelError('bad-graph', `${op}: operands belong to two traces, ${one} and ${other}`);

/** The input that `target` is, if `tensor` may be assigned to it. Errors: `bad-graph`. */
export function assignable(graph: string, target: Tensor, tensor: Tensor): GraphInput {
  const held = target.value;
  if (!isGraphInput(held) || (held.input.kind !== 'state' && held.input.kind !== 'parameter'))
    throw new AutomodelError(
      'bad-graph',
      `graph ${graph}: only states and parameters can be assigned, not ${target.toString()}`,
    );
  if (target.dtype !== tensor.dtype || target.shape.join() !== tensor.shape.join())
    throw new AutomodelError(
      'bad-graph',
      `graph ${graph}: ${tensor.toString()} cannot be assigned to ` +
        `${held.input.name} (${target.toString()})`,
    );
  return held;
}

/** Whether all have the dtypes of `others` and the very same shape objects, or are absent too. */
export function sameTypes(
  values: readonly (Value | undefined)[],
  others: readonly (Value | undefined)[],
): boolean {
  for (let i = 0; i < values.length; i++) {
    const [value, other] = [values[i], others[i]];
    if (value?.shape !== other?.shape || value?.dtype !== other?.dtype) return false;
  }
  return values.length === others.length;
}
