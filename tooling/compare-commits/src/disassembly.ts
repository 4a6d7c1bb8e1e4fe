// Functions of a library as text that does not depend on where the linker put them: no addresses,
// no names of the library's own functions, no padding; jump targets are numbers of instructions.
// Reads what `objdump --disassemble --demangle --no-show-raw-insn` prints for x86-64 (AT&T).
import { constantBytes } from './constant-bytes.js';

/** A function by its demangled name; a name can stand for several. */
export interface CompiledFunction {
  readonly name: string;
  readonly instructions: readonly string[];
}

/** Bytes of read-only data at an address as hex; undefined where there is no such data. */
export type ReadConstant = (address: number, bytes: number) => string | undefined;

interface Instruction {
  readonly address: number;
  readonly text: string;
}

const HEAD = /^([0-9a-f]+) <(.*)>:$/;
const LINE = /^\s*([0-9a-f]+):\t(.+)$/;
const PADDING = /^(data16 |cs |ds )*nop|^xchg %ax,%ax$/;
const BRANCH = /^((?:bnd |notrack )?(?:call|j[a-z]+|xbegin)) ([0-9a-f]+) <(.*)>$/;
const RELATIVE = /-?0x[0-9a-f]+\(%rip\)(.*?) # ([0-9a-f]+)(?: <(.*)>)?$/;

/** The functions of a disassembly, in its order. */
export function parseDisassembly(text: string, readConstant: ReadConstant): CompiledFunction[] {
  const functions: { name: string; instructions: Instruction[] }[] = [];
  for (const line of text.split('\n')) {
    const head = HEAD.exec(line);
    if (head !== null) functions.push({ name: head[2] ?? '', instructions: [] });
    const [, address, instruction] = LINE.exec(line) ?? [];
    if (address === undefined || instruction === undefined) continue;
    functions.at(-1)?.instructions.push({
      address: Number.parseInt(address, 16),
      text: instruction.trim().replace(/\s+/g, ' '),
    });
  }
  return functions.map(({ name, instructions }) => ({
    name,
    instructions: normalised(instructions, readConstant),
  }));
}

function normalised(all: readonly Instruction[], readConstant: ReadConstant): string[] {
  const numbers = new Map<number, number>();
  let number = 0;
  for (const { address, text } of all) {
    numbers.set(address, number); // a jump to padding goes on behind it
    if (!PADDING.test(text)) number += 1;
  }
  return all
    .filter(({ text }) => !PADDING.test(text))
    .map(({ text }) => placeless(text, numbers, readConstant));
}

function placeless(
  text: string,
  numbers: ReadonlyMap<number, number>,
  readConstant: ReadConstant,
): string {
  const [, branch, address, symbol = ''] = BRANCH.exec(text) ?? [];
  if (branch !== undefined && address !== undefined) {
    const inside = numbers.get(Number.parseInt(address, 16));
    if (inside !== undefined) return `${branch} #${inside}`;
    return `${branch} ${symbol.endsWith('@plt') ? symbol : 'function'}`;
  }
  const [found, rest = '', data, name = ''] = RELATIVE.exec(text) ?? [];
  if (found === undefined || data === undefined) return text;
  const bytes = constantBytes(text);
  const constant = bytes === undefined ? undefined : readConstant(Number.parseInt(data, 16), bytes);
  const imported = name.includes('@') ? ` ${name}` : '';
  return `${text.slice(0, text.length - found.length)}[${constant ?? 'data'}]${rest}${imported}`;
}
