// The program of a fused_elementwise step as kernels/elementwise/fused-elementwise.cpp reads it:
// functions by their index in its table, registers for operands, literals and temporaries. What the
// program computes is decided in core's plan/typed-chain.
import {
  AutomodelError,
  type ChainCall,
  type ChainValue,
  type TypedChain,
  type TypedReduction,
} from '@automodel/core';

/** Functions in the order of CHAIN_FUNCTIONS. */
const FUNCTIONS: readonly string[] = [
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
];

function functionCode(name: string): number {
  const code = FUNCTIONS.indexOf(name);
  if (code === -1)
    throw new AutomodelError('missing-kernel', `fused_elementwise: ${name} has no kernel`);
  return code;
}

/** Registers: operands come first, then literals, then temporaries. */
class Registers {
  temporaries = 0;
  readonly #firstLiteral: number;
  readonly #firstTemporary: number;
  readonly #made = new Map<ChainValue, number>();
  readonly #free: number[] = [];

  constructor(operands: number, literals: number) {
    this.#firstLiteral = operands;
    this.#firstTemporary = operands + literals;
  }

  of(value: ChainValue): number {
    const { source } = value;
    if (source.kind === 'operand') return source.index;
    if (source.kind === 'literal') return this.#firstLiteral + source.index;
    const register = this.#made.get(value);
    if (register === undefined)
      throw new AutomodelError('internal', 'a chain reads a value before it is made');
    return register;
  }

  take(value: ChainValue): void {
    this.#made.set(value, this.#free.pop() ?? this.#firstTemporary + this.temporaries++);
  }

  release(value: ChainValue): void {
    if (value.source.kind === 'call') this.#free.push(this.of(value));
  }
}

/**
 * Registers of all values: a temporary is free again after its last reader, a conversion never
 * writes over what it reads.
 */
function allocate({ calls, literals, results }: TypedChain, operands: number): Registers {
  const lastUse = new Map<ChainValue, number>();
  calls.forEach(({ args, result }, i) => {
    for (const value of [...args, result]) lastUse.set(value, i);
  });
  for (const value of results) lastUse.set(value, Infinity);
  const registers = new Registers(operands, literals.length);
  calls.forEach(({ args, result }, i) => {
    const ending = [...new Set(args)].filter((value) => lastUse.get(value) === i);
    const converts = args.some((value) => value.whole !== result.whole);
    if (!converts) ending.forEach((value) => registers.release(value));
    registers.take(result);
    if (converts) ending.forEach((value) => registers.release(value));
  });
  return registers;
}

export interface EncodedChain {
  readonly ints: readonly (number | bigint)[];
  readonly floats: readonly number[];
}

/** One instruction; its parameters are at `parameters` of the floats. */
const wordsOf = (call: ChainCall, registers: Registers, parameters: number): number[] => [
  functionCode(call.function),
  call.result.whole ? 1 : 0,
  registers.of(call.result),
  ...[0, 1, 2].map((k) => {
    const arg = call.args[k];
    return arg === undefined ? -1 : registers.of(arg);
  }),
  call.approximate ? 1 : 0,
  parameters,
];

/** ints and floats of the call. */
export function encodeChain(chain: TypedChain, operands: number): EncodedChain {
  const { literals, calls, results } = chain;
  const registers = allocate(chain, operands);
  const floats = literals.map(({ whole, value }) => (whole ? 0 : Number(value)));
  const words = calls.flatMap((call) => {
    const at = floats.length;
    floats.push(...call.parameters);
    return wordsOf(call, registers, at);
  });
  return {
    ints: [
      calls.length,
      literals.length,
      registers.temporaries,
      ...literals.flatMap(({ whole, value }) => (whole ? [1, value] : [0, 0])),
      ...words,
      ...results.map((value) => registers.of(value)),
    ],
    floats,
  };
}

/** The same for a fused_reduction step: its program, then the frame and what is reduced. */
export function encodeReduction(
  { chain, mean, frame, dims }: TypedReduction,
  operands: number,
): EncodedChain {
  const { ints, floats } = encodeChain(chain, operands);
  return { ints: [...ints, mean ? 1 : 0, frame.length, ...frame, ...dims], floats };
}
