// What a trace does with other contents: operations in the order in which the template did them,
// and the answers it got to its questions. Values live in registers; the first ones hold the slots.
import type { Str } from '../text/text.js';
import type { Part } from './parts.js';

export type Registers = (Str | readonly Str[])[];

/** An operand of an operation: a register, a list of operands, or a plain value. */
export type Operand =
  | { readonly register: number }
  | { readonly list: readonly Operand[] }
  | { readonly constant: unknown };

export interface Instruction {
  /** False where these contents answer otherwise than the traced ones. */
  readonly execute: (registers: Registers) => boolean;
  readonly reads: readonly number[];
  /** Undefined for a question. */
  readonly writes: number | undefined;
}

/** All that a trace does. */
export interface Program {
  readonly instructions: readonly Instruction[];
  /** What the rendering is put together from. */
  readonly parts: readonly Part[];
  /** How many there are. */
  readonly registers: number;
}

type Apply = (...operands: never[]) => unknown;

export function operation(apply: Apply, operands: readonly Operand[], to: number): Instruction {
  const call = caller(apply, operands);
  return {
    execute: (registers) => {
      registers[to] = call(registers) as Str;
      return true;
    },
    reads: operands.flatMap(registersIn),
    writes: to,
  };
}

export function condition(
  apply: Apply,
  operands: readonly Operand[],
  expected: unknown,
): Instruction {
  const call = caller(apply, operands);
  return {
    execute: (registers) => Object.is(call(registers), expected),
    reads: operands.flatMap(registersIn),
    writes: undefined,
  };
}

export function itemOf(list: number, index: number, to: number): Instruction {
  return {
    execute: (registers) => {
      registers[to] = (registers[list] as readonly Str[])[index] ?? '';
      return true;
    },
    reads: [list],
    writes: to,
  };
}

export function hasLength(list: number, length: number): Instruction {
  return {
    execute: (registers) => (registers[list] as readonly Str[]).length === length,
    reads: [list],
    writes: undefined,
  };
}

function registersIn(operand: Operand): number[] {
  if ('register' in operand) return [operand.register];
  return 'list' in operand ? operand.list.flatMap(registersIn) : [];
}

function valueOf(operand: Operand): (registers: Registers) => unknown {
  if ('constant' in operand) return () => operand.constant;
  if ('register' in operand) return (registers) => registers[operand.register];
  const items = operand.list.map(valueOf);
  return (registers) => items.map((item) => item(registers));
}

/** Nearly all operations are on one register, with at most three constants behind it. */
function caller(apply: Apply, operands: readonly Operand[]): (registers: Registers) => unknown {
  const [first, ...others] = operands;
  const call = apply as (...given: unknown[]) => unknown;
  if (first === undefined || !('register' in first) || !others.every(isConstant)) {
    const values = operands.map(valueOf);
    return (registers) => call(...values.map((value) => value(registers)));
  }
  const { register } = first;
  const [one, two, three] = others.map(({ constant }) => constant);
  switch (others.length) {
    case 0:
      return (registers) => call(registers[register]);
    case 1:
      return (registers) => call(registers[register], one);
    case 2:
      return (registers) => call(registers[register], one, two);
    case 3:
      return (registers) => call(registers[register], one, two, three);
  }
  const constants = others.map(({ constant }) => constant);
  return (registers) => call(registers[register], ...constants);
}

function isConstant(operand: Operand): operand is { readonly constant: unknown } {
  return 'constant' in operand;
}

/** Without operations whose results nobody reads. `needed` are registers that are. */
export function withoutUnused(
  instructions: readonly Instruction[],
  needed: readonly number[],
): Instruction[] {
  const used = new Set(needed);
  const kept: Instruction[] = [];
  for (const instruction of [...instructions].reverse()) {
    const { writes, reads } = instruction;
    if (writes !== undefined && !used.has(writes)) continue;
    for (const register of reads) used.add(register);
    kept.push(instruction);
  }
  return kept.reverse();
}
