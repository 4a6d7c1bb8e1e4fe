// Compares the functions of two libraries: those of one name first, then what is left by contents
// alone, so that a function that moved or was renamed is still found equal.
import type { CompiledFunction } from './disassembly.js';
import { applyRenames, type Renames } from './renames.js';

export interface FunctionComparison {
  readonly equal: number;
  /** Name and what differs. */
  readonly differing: readonly { readonly name: string; readonly what: string }[];
}

const bodyOf = ({ instructions }: CompiledFunction): string => instructions.join('\n');

/** Removes from both lists what has the same key, each one once; returns how many pairs. */
function cancel(
  base: CompiledFunction[],
  head: CompiledFunction[],
  key: (f: CompiledFunction) => string,
): number {
  const waiting = new Map<string, number>();
  for (const item of head) waiting.set(key(item), (waiting.get(key(item)) ?? 0) + 1);
  const taken = new Map<string, number>();
  const left = base.filter((item) => {
    const [count, used] = [waiting.get(key(item)) ?? 0, taken.get(key(item)) ?? 0];
    if (used < count) taken.set(key(item), used + 1);
    return used >= count;
  });
  const pairs = base.length - left.length;
  base.splice(0, base.length, ...left);
  const rest = head.filter((item) => {
    const used = taken.get(key(item)) ?? 0;
    if (used > 0) taken.set(key(item), used - 1);
    return used === 0;
  });
  head.splice(0, head.length, ...rest);
  return pairs;
}

function firstChange(base: CompiledFunction, head: CompiledFunction): string {
  const [from, to] = [base.instructions, head.instructions];
  const at =
    Array.from({ length: Math.max(from.length, to.length) }, (_, i) => i).find(
      (i) => from[i] !== to[i],
    ) ?? 0;
  return `instruction ${at} of ${from.length}: ${from[at] ?? 'end'} became ${to[at] ?? 'end'} of ${
    to.length
  }`;
}

/** Names of the base are taken as renamed. */
export function compareFunctions(
  base: readonly CompiledFunction[],
  head: readonly CompiledFunction[],
  renames: Renames,
): FunctionComparison {
  const from = base.map((item) => ({ ...item, name: applyRenames(item.name, renames) }));
  const to = [...head];
  const named = cancel(from, to, (item) => `${item.name}\n${bodyOf(item)}`);
  const equal = named + cancel(from, to, bodyOf);
  const differing = from.map((item) => {
    const at = to.findIndex(({ name }) => name === item.name);
    const [match] = at < 0 ? [] : to.splice(at, 1);
    return {
      name: item.name,
      what: match === undefined ? 'not in the head' : firstChange(item, match),
    };
  });
  return {
    equal,
    differing: [...differing, ...to.map(({ name }) => ({ name, what: 'not in the base' }))],
  };
}
