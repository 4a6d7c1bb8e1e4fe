// What an op is: one definition that says everything about it. A node refers to its definition,
// never to a key, so third parties add ops without a registry entry.
// Composite: `decompose` only. Primitive: `reference` and, where it exists, `gradient`. Fused:
// `decompose` as the meaning, kernels where they pay.
import type { Attributes, TensorType } from '../graph/graph.js';
import type { DType } from '../tensor/dtype.js';
import type { HostTensor } from '../tensor/host-tensor.js';
import type { Shape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';

/**
 * Arithmetic work and memory traffic of one node: floating-point operations and bytes read plus
 * written.
 */
export interface Cost {
  readonly flops: number;
  readonly bytes: number;
}

/**
 * How the cast policy treats an op under reduced precision: `compute` runs on reduced operands,
 * `follow` takes its operands as they are, `full` upcasts them to f32.
 */
export type Precision = 'compute' | 'follow' | 'full';

/**
 * One operand of a conformance sample: random numbers in `range` (default -1..1; integers
 * inclusive), or given `values`. null: absent.
 */
export interface SampleOperand {
  readonly shape: Shape;
  readonly dtype?: DType;
  readonly range?: readonly [number, number];
  readonly values?: readonly number[];
}

/**
 * Operands and attributes the conformance suite must cover. `differentiable` lists operand indices
 * whose gradient is compared with central differences (default: all float operands).
 */
export interface OpSample<A extends Attributes = Attributes> {
  readonly inputs: readonly (SampleOperand | null)[];
  readonly attrs: A;
  readonly differentiable?: readonly number[];
}

/**
 * What a gradient rule sees. `gradients[i]` is the adjoint of output i, undefined when nothing
 * depends on it; `needs[i]` says whether operand i wants one.
 */
export interface GradientContext<A extends Attributes = Attributes> {
  readonly inputs: readonly (Tensor | undefined)[];
  readonly outputs: readonly Tensor[];
  readonly gradients: readonly (Tensor | undefined)[];
  readonly needs: readonly boolean[];
  readonly attrs: A;
}

export interface OpDefinition<A extends Attributes = Attributes> {
  /** snake_case; third parties write `package/op`. */
  readonly name: string;
  readonly summary: string;
  /** Types of the outputs. Errors name the op and the shapes; the trace adds the scope. */
  infer(inputs: readonly (TensorType | undefined)[], attrs: A): readonly TensorType[];
  /** The definition in simpler ops. */
  decompose?(inputs: readonly (Tensor | undefined)[], attrs: A): readonly Tensor[];
  /** The definition of a primitive: plain loops over f64. `outputs` are the inferred types. */
  reference?(
    inputs: readonly (HostTensor | undefined)[],
    attrs: A,
    outputs: readonly TensorType[],
  ): readonly HostTensor[];
  /**
   * Adjoints of the operands (undefined where none exists or none is needed). Absent on a composite
   * op: its decomposition is differentiated. Absent on a primitive: not differentiable.
   */
  gradient?(context: GradientContext<A>): readonly (Tensor | undefined)[];
  cost?(
    inputs: readonly (TensorType | undefined)[],
    outputs: readonly TensorType[],
    attrs: A,
  ): Cost;
  readonly precision?: Precision;
  /**
   * [output, input] pairs: the output may take over the operand's memory when it is read by nobody
   * later. Whatever is not listed never overlaps.
   */
  readonly overwrites?: readonly (readonly [output: number, input: number])[];
  /** The output is a view of operand 0: the layout pass decides whether anything is copied. */
  readonly view?: boolean;
  /** Never cloned by recompute and never merged: collectives, ops with effects. */
  readonly once?: boolean;
  /**
   * The variant that adds its output to an accumulator: operands + (accumulator, keep), output =
   * keep * accumulator + result.
   */
  readonly accumulating?: { readonly output: number; readonly op: () => OpDefinition };
  readonly samples: readonly OpSample<A>[];
}

/** An op definition, checked for a meaning: it needs `decompose` or `reference`. */
export function defineOp<A extends Attributes>(definition: OpDefinition<A>): OpDefinition<A> {
  if (definition.decompose === undefined && definition.reference === undefined)
    throw new TypeError(`op ${definition.name} has neither decompose nor reference`);
  return definition;
}
