// What an op is: one definition that says everything about it. A node refers to its definition,
// never to a key, so third parties add ops without a registry entry. A definition is written with
// the names of its operands; the form that nodes hold takes them as lists, in the order of the
// names. Composite: `decompose` only. Primitive: `reference` and, where it exists, `gradient`.
// Fused: `decompose` as the meaning, kernels where they are worth it.
import type { Attributes, Stream, TensorType } from '../../graph/graph.js';
import { mapNonEmpty, nonEmpty, type NonEmpty } from '../../list-length.js';
import type { DType } from '../../tensor/dtype.js';
import type { HostTensor } from '../../tensor/host-tensor.js';
import type { Shape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Cost, CostFunction } from './cost.js';
import { defaultBytes, defaultFlops } from './default-cost.js';
import { NameList, type Listed, type Named, type Some } from './name-list.js';
import type { NamedGradientContext } from './named-gradient.js';
import { listedSpread, type ListedSpreadContext, type Spread, type SpreadRule } from './spread.js';

/**
 * How the cast policy treats an op under reduced precision: `compute` runs on reduced operands,
 * `follow` takes its operands as they are, `full` upcasts them to f32.
 */
export type CastRule = 'compute' | 'follow' | 'full';

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
 * What a node's gradient rule takes. `gradients[i]` is the adjoint of output i, undefined when
 * nothing depends on it; `needs[i]` says whether operand i wants one.
 */
export interface GradientContext<A extends Attributes = Attributes> {
  readonly inputs: readonly (Tensor | undefined)[];
  readonly outputs: readonly Tensor[];
  readonly gradients: readonly (Tensor | undefined)[];
  readonly needs: readonly boolean[];
  readonly attrs: A;
}

/** The part of a definition that is the same for names and for lists. */
interface OpFacts<A extends Attributes> {
  /** snake_case; third parties write `package/op`. */
  readonly name: string;
  readonly summary: string;
  readonly castRule?: CastRule;
  /** The output is a view of operand 0: the layout pass decides whether anything is copied. */
  readonly view?: boolean;
  /**
   * It only moves elements: what it makes of parameters counts as stored memory, which the cast
   * policy leaves as it is. Ops that join parameters kept in pieces are of this kind.
   */
  readonly moves?: boolean;
  /** Never cloned by recompute and never merged: for collectives and ops with effects. */
  readonly once?: boolean;
  /** Each output may take over the memory of the operand of its number, as `overwrites` says. */
  readonly overwritesEach?: boolean;
  /** The queue that runs it; default: `compute`. */
  readonly stream?: Stream;
  /**
   * The results of all ranks along the op's axis, from their operands; `round` brings sums to the
   * precision of engines. Such an op has the attributes `axis` and `ranks`; its `reference` is the
   * case of one rank.
   */
  collective?(
    operandsByRank: NonEmpty<readonly HostTensor[]>,
    attrs: A,
    round: (value: number) => number,
  ): NonEmpty<readonly HostTensor[]>;
  readonly samples: readonly OpSample<A>[];
}

/** An op as nodes hold it: operands and outputs are lists in the order of their names. */
export interface OpDefinition<A extends Attributes = Attributes> extends OpFacts<A> {
  /** Names as `defineOp` takes them. */
  readonly operands: readonly string[];
  readonly outputs: readonly string[];
  /** Types of the outputs. Errors name the op and the shapes; the trace adds the scope. */
  infer(inputs: readonly (TensorType | undefined)[], attrs: A): NonEmpty<TensorType>;
  decompose?(inputs: readonly (Tensor | undefined)[], attrs: A): NonEmpty<Tensor>;
  /** `outputs` are the inferred types. */
  reference?(
    inputs: readonly (HostTensor | undefined)[],
    attrs: A,
    outputs: readonly TensorType[],
  ): NonEmpty<HostTensor>;
  gradient?(context: GradientContext<A>): readonly (Tensor | undefined)[];
  /** `written`: types of the outputs, undefined for those that are left out. */
  cost(
    inputs: readonly (TensorType | undefined)[],
    written: readonly (TensorType | undefined)[],
    attrs: A,
  ): Cost;
  spread?(
    operands: readonly (Spread | undefined)[],
    attrs: A,
    context: ListedSpreadContext,
  ): readonly Spread[];
  /** Indices of the output and of the operand. */
  readonly overwrites: readonly (readonly [output: number, input: number])[];
  /** `output`: its index. */
  readonly accumulating?: { readonly output: number; readonly op: () => OpDefinition };
}

/**
 * An op as it is written: `operands: ['x', 'weight?', '...others']` names what the functions take.
 * `weight?` may be absent, `...others` are all operands that follow.
 */
export interface NamedOpDefinition<
  A extends Attributes,
  I extends readonly string[],
  O extends readonly string[],
> extends OpFacts<A> {
  readonly operands: I;
  /** Default: one output, `y`. */
  readonly outputs?: O;
  /** Types of the outputs. Errors name the op and the shapes; the trace adds the scope. */
  infer(operands: Named<I[number], TensorType>, attrs: A): Listed<NoInfer<O>, TensorType>;
  /** The definition in simpler ops. */
  readonly decompose?:
    ((operands: Named<I[number], Tensor>, attrs: A) => Listed<NoInfer<O>, Tensor>) | undefined;
  /** The definition of a primitive: plain loops over f64. `outputs` are the inferred types. */
  readonly reference?:
    | ((
        operands: Named<I[number], HostTensor>,
        attrs: A,
        outputs: Named<NoInfer<O>[number], TensorType>,
      ) => Listed<NoInfer<O>, HostTensor>)
    | undefined;
  /**
   * Adjoints of the operands by name; what is left out or not needed has none. Absent on a
   * composite op: its decomposition is differentiated. Absent on a primitive: not differentiable.
   */
  readonly gradient?:
    | ((context: NamedGradientContext<I[number], NoInfer<O>, A>) => Some<I[number], Tensor>)
    | undefined;
  /**
   * What it does with values that differ over ranks. Default: replicated operands give replicated
   * results, others are refused.
   */
  readonly spread?: SpreadRule<I[number], NoInfer<O>, A> | undefined;
  /** Floating-point operations. Default: one for each element of the written outputs. */
  readonly flops?: CostFunction<I[number], NoInfer<O>, A>;
  /**
   * Bytes read plus written. Default: every operand once and every written output once, each in its
   * dtype. Only for ops that touch a part of an operand or of an output.
   */
  readonly bytes?: CostFunction<I[number], NoInfer<O>, A>;
  /**
   * The output may take over the operand's memory when nobody reads it later. Pairs that are not
   * listed never overlap.
   */
  readonly overwrites?: readonly (readonly [output: number, input: number])[];
  /**
   * The variant that adds its output to an accumulator: operands + (accumulator, keep), output =
   * keep * accumulator + result.
   */
  readonly accumulating?: { readonly output: number; readonly op: () => OpDefinition };
}

const typeOnly = ({ shape, dtype }: TensorType): TensorType => ({ shape, dtype });

/**
 * An op from its definition by names. Errors: TypeError where it needs `decompose` or `reference`
 * and has neither.
 */
export function defineOp<
  A extends Attributes,
  const I extends readonly string[],
  const O extends readonly string[] = readonly ['y'],
>(definition: NamedOpDefinition<NoInfer<A>, I, O>): OpDefinition<A> {
  const {
    operands,
    outputs = ['y'],
    infer,
    decompose,
    reference,
    gradient,
    spread,
    flops,
    bytes,
    ...facts
  } = definition;
  const { name } = facts;
  if (decompose === undefined && reference === undefined)
    throw new TypeError(`op ${name} has neither decompose nor reference`);
  const inputs = new NameList<I[number]>(name, 'operand', operands);
  const results = new NameList<O[number]>(name, 'output', outputs);
  return {
    overwrites: [],
    ...facts,
    operands,
    outputs,
    infer: (types, attrs) => mapNonEmpty(nonEmpty(infer(inputs.named(types), attrs)), typeOnly),
    ...(decompose && {
      decompose: (tensors, attrs) => nonEmpty(decompose(inputs.named(tensors), attrs)),
    }),
    ...(reference && {
      reference: (values, attrs, types) =>
        nonEmpty(reference(inputs.named(values), attrs, results.named(types))),
    }),
    ...(gradient && {
      gradient: (context) => {
        const adjoints = gradient({
          operands: inputs.named(context.inputs),
          outputs: results.named(context.outputs),
          gradients: results.partly(context.gradients) as never,
          needs: inputs.partly(context.needs) as never,
          attrs: context.attrs,
        });
        return inputs.listed(adjoints, context.inputs.length);
      },
    }),
    ...(spread && { spread: listedSpread(spread, inputs, results) }),
    cost: (types, written, attrs) => {
      if (written.every((type) => type === undefined)) return { flops: 0, bytes: 0 };
      const count = (counted: typeof flops): number | undefined =>
        counted?.(inputs.named(types), results.partly(written) as never, attrs);
      return {
        flops: count(flops) ?? defaultFlops(written),
        bytes: count(bytes) ?? defaultBytes(types, written),
      };
    },
  };
}
