// The program of a fused_elementwise node as kernels/elementwise/fused-elementwise.cpp reads it:
// functions by their place in its table, registers for operands, literals and temporaries.
// Registers hold f32 (bool as 0 and 1) or int64; the roundings and conversions that dtypes ask for
// become instructions of their own.
import {
  AutomodelError,
  parseChain,
  chainDTypes,
  type ChainArgument,
  type ChainInstruction,
  type DType,
  type FusedElementwiseAttributes,
  type TensorType,
} from '@automodel/core';

/** Functions in the order of CHAIN_FUNCTIONS. */
const FUNCTIONS = [
  'to_float',
  'to_whole',
  'round_bf16',
  'round_f16',
  'wrap',
  'abs',
  'add',
  'and',
  'atan2',
  'ceil',
  'clamp',
  'cos',
  'div',
  'eq',
  'erf',
  'exp',
  'exp2',
  'expm1',
  'floor',
  'floordiv',
  'ge',
  'gelu',
  'gt',
  'isfinite',
  'isinf',
  'isnan',
  'le',
  'log',
  'log1p',
  'log2',
  'lt',
  'maximum',
  'minimum',
  'mul',
  'ne',
  'neg',
  'not',
  'or',
  'pow',
  'reciprocal',
  'relu',
  'remainder',
  'round',
  'rsqrt',
  'sigmoid',
  'sign',
  'silu',
  'sin',
  'softplus',
  'sqrt',
  'sub',
  'tan',
  'tanh',
  'trunc',
  'where',
  'xor',
] as const;
type FunctionName = (typeof FUNCTIONS)[number];

/** Functions of bool by their meaning on 0 and 1. */
const BOOL_FUNCTIONS: Readonly<Record<string, FunctionName>> = {
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

/** A value that some register will hold. */
interface Virtual {
  readonly whole: boolean;
  /** Fixed registers: operands and literals. */
  readonly fixed?: { readonly operand: number } | { readonly literal: number };
}

interface Call {
  readonly name: FunctionName;
  readonly args: readonly Virtual[];
  readonly result: Virtual;
  readonly whole: number | bigint;
  readonly floats: readonly number[];
}

const isWhole = (dtype: DType): boolean => dtype === 'i64' || dtype === 'i32';

class ChainEncoder {
  readonly calls: Call[] = [];
  readonly literals: { readonly whole: boolean; readonly value: number | bigint }[] = [];
  readonly #operands: readonly Virtual[];
  readonly #results: { readonly virtual: Virtual; readonly dtype: DType }[] = [];
  readonly #operandTypes: readonly DType[];

  constructor(operandTypes: readonly DType[]) {
    this.#operandTypes = operandTypes;
    this.#operands = operandTypes.map((dtype, operand) => ({
      whole: isWhole(dtype),
      fixed: { operand },
    }));
  }

  /**
   * The value of a result; a plain operand is copied, because another result may take its place in
   * memory.
   */
  result(index: number): Virtual {
    const { virtual } = this.#results[index]!;
    return virtual.fixed === undefined
      ? virtual
      : this.#call('maximum', [virtual, virtual], virtual.whole);
  }

  instruction({ op, args, attrs }: ChainInstruction, dtype: DType): void {
    const [virtuals, types] = [
      args.map((arg) => this.#argument(arg)),
      args.map((arg) => this.#dtypeOf(arg)),
    ];
    const virtual =
      op.name === 'cast'
        ? this.#cast(virtuals[0]!, types[0]!, dtype)
        : this.#apply(op.name, virtuals, types, attrs, dtype);
    this.#results.push({ virtual, dtype });
  }

  #apply(
    op: string,
    virtuals: readonly Virtual[],
    types: readonly DType[],
    attrs: ChainInstruction['attrs'],
    dtype: DType,
  ): Virtual {
    const operands = types.at(-1)!;
    if (operands === 'bool') {
      if (op === 'not') return this.#call('eq', [virtuals[0]!, this.#literal(false, 0)], false);
      const name = BOOL_FUNCTIONS[op];
      if (name === undefined)
        throw new AutomodelError(
          'missing-kernel',
          `fused_elementwise: ${op} of bool has no kernel`,
        );
      return this.#call(name, virtuals, false);
    }
    const whole = isWhole(operands);
    const args =
      op === 'where' && whole
        ? [this.#call('to_whole', [virtuals[0]!], true), ...virtuals.slice(1)]
        : virtuals;
    const made = this.#call(
      op as FunctionName,
      args,
      whole,
      attrs['approximate'] === 'tanh' ? 1 : 0,
      parameters(op, attrs),
    );
    if (dtype === 'bool') return whole ? this.#call('to_float', [made], false) : made;
    return this.#rounded(made, dtype);
  }

  /** What storing in `dtype` would leave of a value. */
  #rounded(made: Virtual, dtype: DType): Virtual {
    if (dtype === 'bf16') return this.#call('round_bf16', [made], false);
    if (dtype === 'f16') return this.#call('round_f16', [made], false);
    return dtype === 'i32' ? this.#call('wrap', [made], true) : made;
  }

  #cast(x: Virtual, from: DType, to: DType): Virtual {
    if (to === 'bool') {
      if (from === 'bool') return x;
      const nonzero = this.#call('ne', [x, this.#literal(x.whole, 0)], x.whole);
      return x.whole ? this.#call('to_float', [nonzero], false) : nonzero;
    }
    const whole = isWhole(to);
    const moved = whole === x.whole ? x : this.#call(whole ? 'to_whole' : 'to_float', [x], whole);
    const exact = from === 'bool' || from === to || to === 'i64' || to === 'f32';
    return exact ? moved : this.#rounded(moved, to);
  }

  #call(
    name: FunctionName,
    args: readonly Virtual[],
    whole: boolean,
    parameter = 0,
    floats: readonly number[] = [],
  ): Virtual {
    const result: Virtual = { whole };
    this.calls.push({ name, args, result, whole: parameter, floats });
    return result;
  }

  #argument(arg: ChainArgument): Virtual {
    if (arg.kind === 'operand') return this.#operands[arg.index]!;
    if (arg.kind === 'result') return this.#results[arg.index]!.virtual;
    return isWhole(arg.dtype)
      ? this.#literal(true, BigInt(arg.value))
      : this.#literal(false, Number(arg.value));
  }

  #dtypeOf(arg: ChainArgument): DType {
    return arg.kind === 'operand'
      ? this.#operandTypes[arg.index]!
      : arg.kind === 'result'
        ? this.#results[arg.index]!.dtype
        : arg.dtype;
  }

  #literal(whole: boolean, value: number | bigint): Virtual {
    let literal = this.literals.findIndex((l) => l.whole === whole && Object.is(l.value, value));
    if (literal === -1) literal = this.literals.push({ whole, value }) - 1;
    return { whole, fixed: { literal } };
  }
}

function parameters(op: string, attrs: ChainInstruction['attrs']): readonly number[] {
  if (op === 'clamp') return [Number(attrs['min'] ?? -Infinity), Number(attrs['max'] ?? Infinity)];
  return op === 'softplus' ? [Number(attrs['beta']), Number(attrs['threshold'])] : [];
}

/**
 * Registers of all virtual values: a temporary is free again after its last reader, a conversion
 * never writes over what it reads.
 */
function allocate(
  encoder: ChainEncoder,
  operands: number,
  kept: readonly Virtual[],
): { readonly registers: ReadonlyMap<Virtual, number>; readonly temporaries: number } {
  const lastUse = new Map<Virtual, number>();
  encoder.calls.forEach(({ args, result }, i) =>
    [...args, result].forEach((v) => lastUse.set(v, i)),
  );
  for (const virtual of kept) lastUse.set(virtual, Infinity);
  const registers = new Map<Virtual, number>();
  const free: number[] = [];
  const first = operands + encoder.literals.length;
  let temporaries = 0;
  encoder.calls.forEach(({ args, result }, i) => {
    const release = (): void => {
      for (const v of new Set(args))
        if (v.fixed === undefined && lastUse.get(v) === i) free.push(registers.get(v)!);
    };
    const converts = args.some((v) => v.whole !== result.whole);
    if (!converts) release();
    registers.set(result, free.pop() ?? first + temporaries++);
    if (converts) release();
  });
  return { registers, temporaries };
}

export interface EncodedChain {
  readonly ints: readonly (number | bigint)[];
  readonly floats: readonly number[];
}

/** ints and floats of the call. */
export function encodeChain(
  attrs: FusedElementwiseAttributes,
  operands: readonly TensorType[],
): EncodedChain {
  const encoder = new ChainEncoder(operands.map((t) => t.dtype));
  const types = chainDTypes(operands, attrs);
  parseChain(attrs.program).forEach((instruction, i) =>
    encoder.instruction(instruction, types[i]!.dtype),
  );
  const results = attrs.results.map((index) => encoder.result(index));
  const { registers, temporaries } = allocate(encoder, operands.length, results);
  const { literals, calls } = encoder;
  const registerOf = (v: Virtual): number =>
    v.fixed === undefined
      ? registers.get(v)!
      : 'operand' in v.fixed
        ? v.fixed.operand
        : operands.length + v.fixed.literal;
  const floats = literals.map((l) => (l.whole ? 0 : Number(l.value)));
  const words = calls.flatMap(({ name, args, result, whole, floats: own }) => {
    const at = floats.length;
    floats.push(...own);
    return [
      FUNCTIONS.indexOf(name),
      result.whole ? 1 : 0,
      registerOf(result),
      ...[0, 1, 2].map((k) => (args[k] === undefined ? -1 : registerOf(args[k]))),
      whole,
      at,
    ];
  });
  return {
    ints: [
      calls.length,
      literals.length,
      temporaries,
      ...literals.flatMap((l) => [l.whole ? 1 : 0, l.whole ? l.value : 0]),
      ...words,
      ...results.map(registerOf),
    ],
    floats,
  };
}
