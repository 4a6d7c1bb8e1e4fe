/**
 * What every function of the quickstart's task has: a maker that writes a request in plain language
 * and the call that answers it.
 */
import { fill } from './fill.js';
import type { Random } from './random.js';
import type { SlotValues } from './slot-values.js';

/** A function call: its name and its arguments in a fixed order. */
export interface FunctionCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, string | number>>;
}

/** A request in plain language and the call it asks for. */
export interface RequestExample {
  readonly request: string;
  readonly call: FunctionCall;
}

/** Writes one example of a function from the given values. */
export type RequestMaker = (random: Random, values: SlotValues) => RequestExample;

type Slots = Record<string, string | number>;

/** One of `phrasings` with what is said, and the call `name` with `args`. */
export const build = (
  random: Random,
  phrasings: readonly string[],
  said: Slots,
  name: string,
  args: Slots,
): RequestExample => ({
  request: fill(random.pick(phrasings), said),
  call: { name, arguments: args },
});
