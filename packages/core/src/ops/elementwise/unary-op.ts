// The family of elementwise functions of one operand: a new one needs only its formula, its
// gradient and a sample range.
import type { Attributes } from '../../graph/graph.js';
import { AutomodelError } from '../../error.js';
import { isFloat } from '../../tensor/dtype.js';
import { allocateHostData } from '../../tensor/host-tensor.js';
import type { Tensor } from '../../tensor/tensor.js';
import { cast } from '../cast/cast.js';
import { defineOp, type OpDefinition, type OpSample, type CastRule } from '../support/define-op.js';
import { integerAt, storeInteger } from '../support/elements.js';
import { floatFor, type NoAttributes } from '../support/operand.js';
import { alikeSpread } from '../support/elementwise-spread.js';

/** Operand, result and the result's adjoint, as a gradient rule sees them. */
export interface UnaryGradient<A extends Attributes> {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly dy: Tensor;
  readonly attrs: A;
}

export interface UnaryDefinition<A extends Attributes = NoAttributes> {
  readonly name: string;
  readonly summary: string;
  /** The function on floats. A function to bool returns 0 or 1. */
  float(x: number, attrs: A): number;
  /**
   * The function on integers and bool; absent: only floats are taken, and user functions cast to
   * f32.
   */
  integer?(x: bigint, attrs: A): bigint;
  readonly result?: 'bool';
  /** The adjoint of x; null: zero everywhere. Absent only for results that are not floats. */
  gradient?: ((context: UnaryGradient<A>) => Tensor) | null;
  readonly castRule?: CastRule;
  /** f(a) + f(b) = f(a + b): sums over ranks go through it. */
  readonly linear?: boolean;
  /** Where samples are drawn; default -2..2. */
  readonly range?: readonly [number, number];
  /** Attributes that samples cover; needed when there are any. */
  readonly attributes?: readonly A[];
}

export function unaryOp<A extends Attributes = NoAttributes>(
  definition: UnaryDefinition<A>,
): OpDefinition<A> {
  const { name, summary, integer, gradient, range = [-2, 2], castRule = 'follow' } = definition;
  return defineOp({
    name,
    summary,
    operands: ['x'],
    infer: ({ x }) => {
      if (integer === undefined && !isFloat(x.dtype))
        throw new AutomodelError('bad-argument', `${name} takes float tensors, not ${x.dtype}`);
      return [{ shape: x.shape, dtype: definition.result ?? x.dtype }];
    },
    reference: ({ x }, attrs, { y: type }) => {
      const data = allocateHostData(type.dtype, x.data.length);
      if (x.data instanceof Float64Array)
        for (let i = 0; i < data.length; i++) data[i] = definition.float(x.data[i]!, attrs);
      else
        for (let i = 0; i < data.length; i++)
          storeInteger(data, i, integer!(integerAt(x.data, i), attrs));
      return [{ ...type, data }];
    },
    gradient:
      gradient === undefined
        ? undefined
        : ({ operands: { x }, outputs: { y }, gradients: { y: dy }, attrs }) => ({
            x: gradient?.({ x, y, dy, attrs }),
          }),
    spread: ({ x }, _attrs, { refuse }) => [
      definition.linear === true ? x : alikeSpread({ x }, refuse),
    ],
    castRule,
    ...(definition.result === undefined ? { overwrites: [[0, 0]] as const } : {}),
    samples: unarySamples(definition.attributes ?? [{} as A], range, integer !== undefined),
  });
}

function unarySamples<A extends Attributes>(
  attributes: readonly A[],
  range: readonly [number, number],
  integers: boolean,
): OpSample<A>[] {
  const samples: OpSample<A>[] = attributes.map((attrs) => ({
    inputs: [{ shape: [3, 7], range }],
    attrs,
  }));
  const attrs = attributes[0]!;
  samples.push(
    { inputs: [{ shape: [], range }], attrs },
    { inputs: [{ shape: [2, 0, 3], range }], attrs },
  );
  if (integers)
    samples.push(
      { inputs: [{ shape: [9], dtype: 'i64', range: [-5, 5] }], attrs },
      { inputs: [{ shape: [2, 4], dtype: 'i32', range: [-5, 5] }], attrs },
    );
  return samples;
}

/** Applies a function of real numbers: integers and bool are cast to f32 first. */
export const applyReal = <A extends Attributes>(op: OpDefinition<A>, x: Tensor, attrs: A): Tensor =>
  x.trace.apply(op, [cast(x, floatFor(x.dtype))], attrs)[0];
