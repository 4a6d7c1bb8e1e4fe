// The program of a fused_elementwise or fused_reduction step in two types of registers: f32 (bool
// as 0 and 1) and int64. Roundings and conversions that the dtypes of the program require are calls
// of their own, so that a kernel that executes the calls one after the other keeps the bits of the
// ops that were fused. Which registers hold which values, and how calls are encoded, is up to the
// backend.
import { AutomodelError } from '../error.js';
import type { Attributes, TensorType } from '../graph/graph.js';
import {
  parseChain,
  type ChainArgument,
  type ChainInstruction,
} from '../ops/elementwise/chain-program.js';
import {
  chainDTypes,
  type FusedElementwiseAttributes,
} from '../ops/elementwise/fused-elementwise.js';
import type { FusedReductionAttributes } from '../ops/elementwise/fused-reduction.js';
import { reducedDims } from '../ops/reduce/reduction-op.js';
import type { DType } from '../tensor/dtype.js';
import type { Shape } from '../tensor/shape.js';
import { clampBounds, numberAttribute } from './step-attributes.js';

/**
 * Functions besides the ops of chains. to_float and to_whole convert between the types, round_bf16
 * and round_f16 round as storing in that dtype would, wrap keeps the low 32 bits, signed.
 */
export type ChainConversion = 'to_float' | 'to_whole' | 'round_bf16' | 'round_f16' | 'wrap';

/** A value of the program. `source` says where it comes from; `call` means that a call makes it. */
export interface ChainValue {
  /** int64; otherwise f32. */
  readonly whole: boolean;
  readonly source:
    | { readonly kind: 'operand'; readonly index: number }
    | { readonly kind: 'literal'; readonly index: number }
    | { readonly kind: 'call' };
}

/** result = function(args). Functions are names of ops, or conversions. */
export interface ChainCall {
  readonly function: string;
  readonly args: readonly ChainValue[];
  readonly result: ChainValue;
  /** gelu by its tanh approximation. */
  readonly approximate: boolean;
  /** clamp: bounds, infinite where open. softplus: beta and threshold. Others: none. */
  readonly parameters: readonly number[];
}

export interface ChainLiteral {
  readonly whole: boolean;
  readonly value: number | bigint;
}

/** The program of a chain: calls in order, over operands and literals. */
export interface TypedChain {
  readonly literals: readonly ChainLiteral[];
  readonly calls: readonly ChainCall[];
  /** One for each result of the step; each is made by a call. */
  readonly results: readonly ChainValue[];
}

/** Functions of bool by their meaning on 0 and 1. */
const BOOL_FUNCTIONS: Readonly<Record<string, string>> = {
  and: 'minimum',
  mul: 'minimum',
  or: 'maximum',
  add: 'maximum',
  xor: 'ne',
  eq: 'eq',
  ne: 'ne',
  where: 'where',
  maximum: 'maximum',
  minimum: 'minimum',
  ge: 'ge',
  gt: 'gt',
  le: 'le',
  lt: 'lt',
};

const isWhole = (dtype: DType): boolean => dtype === 'i64' || dtype === 'i32';

/** A value and the dtype that the program gives it. */
interface Typed {
  readonly value: ChainValue;
  readonly dtype: DType;
}

class ChainTyper {
  readonly calls: ChainCall[] = [];
  readonly literals: ChainLiteral[] = [];
  readonly #operands: readonly Typed[];
  readonly #results: Typed[] = [];

  constructor(operandTypes: readonly DType[]) {
    this.#operands = operandTypes.map((dtype, index) => ({
      value: { whole: isWhole(dtype), source: { kind: 'operand', index } },
      dtype,
    }));
  }

  /**
   * The value of a result; a plain operand is copied, because another result may take its place in
   * memory.
   */
  result(index: number): ChainValue {
    const { value } = found(this.#results, index);
    if (value.source.kind === 'call') return value;
    return this.#call('maximum', [value, value], value.whole);
  }

  instruction({ op, args, attrs }: ChainInstruction, dtype: DType): void {
    const operands = args.map((arg) => this.#argument(arg));
    const value =
      op.name === 'cast'
        ? this.#cast(found(operands, 0), dtype)
        : this.#apply(op.name, operands, attrs, dtype);
    this.#results.push({ value, dtype });
  }

  #apply(op: string, operands: readonly Typed[], attrs: Attributes, dtype: DType): ChainValue {
    const values = operands.map(({ value }) => value);
    const computed = found(operands, operands.length - 1).dtype;
    if (computed === 'bool') return this.#applyToBool(op, values);
    const whole = isWhole(computed);
    const args =
      op === 'where' && whole
        ? [this.#call('to_whole', values.slice(0, 1), true), ...values.slice(1)]
        : values;
    const made = this.#call(op, args, whole, attrs);
    if (dtype === 'bool') return whole ? this.#call('to_float', [made], false) : made;
    return this.#rounded(made, dtype);
  }

  #applyToBool(op: string, values: readonly ChainValue[]): ChainValue {
    if (op === 'not') return this.#call('eq', [...values, this.#literal(false, 0)], false);
    const name = BOOL_FUNCTIONS[op];
    if (name === undefined)
      throw new AutomodelError('missing-kernel', `fused_elementwise: ${op} of bool has no kernel`);
    return this.#call(name, values, false);
  }

  /** A value as storing it in `dtype` would round it. */
  #rounded(made: ChainValue, dtype: DType): ChainValue {
    if (dtype === 'bf16') return this.#call('round_bf16', [made], false);
    if (dtype === 'f16') return this.#call('round_f16', [made], false);
    return dtype === 'i32' ? this.#call('wrap', [made], true) : made;
  }

  #cast({ value, dtype: from }: Typed, to: DType): ChainValue {
    if (to === 'bool') {
      if (from === 'bool') return value;
      const nonzero = this.#call('ne', [value, this.#literal(value.whole, 0)], value.whole);
      return value.whole ? this.#call('to_float', [nonzero], false) : nonzero;
    }
    const whole = isWhole(to);
    const conversion = whole ? 'to_whole' : 'to_float';
    const moved = whole === value.whole ? value : this.#call(conversion, [value], whole);
    const exact = from === 'bool' || from === to || to === 'i64' || to === 'f32';
    return exact ? moved : this.#rounded(moved, to);
  }

  #call(
    name: string,
    args: readonly ChainValue[],
    whole: boolean,
    attrs: Attributes = {},
  ): ChainValue {
    const result: ChainValue = { whole, source: { kind: 'call' } };
    this.calls.push({
      function: name,
      args,
      result,
      approximate: attrs['approximate'] === 'tanh',
      parameters: parametersOf(name, attrs),
    });
    return result;
  }

  #argument(arg: ChainArgument): Typed {
    if (arg.kind === 'operand') return found(this.#operands, arg.index);
    if (arg.kind === 'result') return found(this.#results, arg.index);
    const whole = isWhole(arg.dtype);
    const value = whole ? BigInt(arg.value) : Number(arg.value);
    return { value: this.#literal(whole, value), dtype: arg.dtype };
  }

  #literal(whole: boolean, value: number | bigint): ChainValue {
    let index = this.literals.findIndex((l) => l.whole === whole && Object.is(l.value, value));
    if (index === -1) index = this.literals.push({ whole, value }) - 1;
    return { whole, source: { kind: 'literal', index } };
  }
}

function found<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined)
    throw new AutomodelError('bad-graph', `fused_elementwise: there is no value ${index}`);
  return item;
}

function parametersOf(op: string, attrs: Attributes): readonly number[] {
  if (op === 'softplus')
    return [numberAttribute(attrs, 'beta'), numberAttribute(attrs, 'threshold')];
  if (op !== 'clamp') return [];
  const { min, max } = clampBounds(attrs);
  return [min, max];
}

/** The program of a fused_elementwise step over operands of these types. Errors: as its op. */
export function typedChain(
  attrs: FusedElementwiseAttributes,
  operands: readonly TensorType[],
): TypedChain {
  const typer = new ChainTyper(operands.map(({ dtype }) => dtype));
  const types = chainDTypes(operands, attrs);
  parseChain(attrs.program).forEach((instruction, i) =>
    typer.instruction(instruction, found(types, i).dtype),
  );
  const results = attrs.results.map((index) => typer.result(index));
  return { literals: typer.literals, calls: typer.calls, results };
}

/** A fused_reduction step: its program has one result, which is reduced. */
export interface TypedReduction {
  readonly chain: TypedChain;
  readonly mean: boolean;
  /** What the program computes over. */
  readonly frame: Shape;
  /** Dimensions of the frame that are reduced, ascending. */
  readonly dims: readonly number[];
}

/** The same for a fused_reduction step. */
export function typedReduction(
  { program, shape, dims, reduction }: FusedReductionAttributes,
  operands: readonly TensorType[],
): TypedReduction {
  return {
    chain: typedChain({ program, shape, results: [program.length - 1] }, operands),
    mean: reduction === 'mean',
    frame: shape,
    dims: reducedDims('fused_reduction', shape.length, dims),
  };
}
