// Operands of user-level ops: tensors, or numbers where PyTorch takes scalars. Promotion happens
// here, by inserting cast nodes, so that kernels see one dtype.
// A number stands for a Python float, a bigint for a Python int: JavaScript cannot tell 1.0 from 1,
// promotion must.
import { AutomodelError } from '../../error.js';
import type { Trace } from '../../graph/trace.js';
import { hostNumberType, isFloat, resultType, type DType } from '../../tensor/dtype.js';
import { Tensor } from '../../tensor/tensor.js';
import { cast } from '../cast/cast.js';
import { scalar } from '../creation/constant.js';

/**
 * A tensor, or a host number, which never widens a tensor within its category: number is float,
 * bigint is integer.
 */
export type Operand = Tensor | number | bigint | boolean;

/** Attributes of an op that has none. */
export type NoAttributes = Record<string, never>;

/** The trace of the first tensor among `operands`. Errors: there is none. */
export function traceOf(op: string, operands: readonly Operand[]): Trace {
  for (const operand of operands) if (operand instanceof Tensor) return operand.trace;
  throw new AutomodelError('bad-argument', `${op}: at least one operand must be a tensor`);
}

/** torch.result_type of the operands. */
export const commonType = (operands: readonly Operand[]): DType =>
  resultType(
    operands.map((o) =>
      o instanceof Tensor
        ? { dtype: o.dtype, rank: o.rank }
        : { dtype: hostNumberType(o), rank: 0, weak: true },
    ),
  );

/** The operand as a tensor of `dtype`: a cast, or a 0-dimensional constant. */
export const asTensor = (trace: Trace, operand: Operand, dtype: DType): Tensor =>
  operand instanceof Tensor ? cast(operand, dtype) : scalar(trace, operand, dtype);

/** All operands in their common dtype (as `adjust` changes it). */
export function promote(
  op: string,
  operands: readonly Operand[],
  adjust: (dtype: DType) => DType = (dtype) => dtype,
): Tensor[] {
  const trace = traceOf(op, operands);
  const dtype = adjust(commonType(operands));
  return operands.map((operand) => asTensor(trace, operand, dtype));
}

/**
 * The float dtype in which a function of real numbers takes operands of `dtype`: integers and bool
 * become f32.
 */
export const floatFor = (dtype: DType): DType => (isFloat(dtype) ? dtype : 'f32');
