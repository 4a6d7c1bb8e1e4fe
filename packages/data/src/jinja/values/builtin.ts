// Functions that this engine brings: filters, tests, methods and globals. Each has a signature as
// Python writes them, to which arguments are bound.
import { typeError } from '../failures/failure.js';
import type { Run } from './run.js';
import type { Named, Value } from './value.js';

/** Something that is called with what it is applied to, and arguments. */
export interface Builtin<S = Value> {
  readonly name: string;
  readonly call: (run: Run, self: S, args: readonly Value[], named: Named) => Value;
}

export type BuiltinTable<S = Value> = ReadonlyMap<string, Builtin<S>>;

/** Bound arguments: undefined where one is left out. */
export type Bound = readonly (Value | undefined)[];

/**
 * `signature` names the parameters behind `self`: `width fill?` has one that may be left out, and a
 * last `/` says that none can be given by name.
 */
export function builtin<S = Value>(
  name: string,
  signature: string,
  body: (run: Run, self: S, args: Bound) => Value,
): Builtin<S> {
  const parameters = new Parameters(name, signature);
  return {
    name,
    call: (run, self, args, named) => body(run, self, parameters.bind(args, named)),
  };
}

/** One that takes any arguments. */
export function variadic<S = Value>(
  name: string,
  call: (run: Run, self: S, args: readonly Value[], named: Named) => Value,
): Builtin<S> {
  return { name, call };
}

export function tableOf<S>(...builtins: readonly Builtin<S>[]): BuiltinTable<S> {
  return new Map(builtins.map((each) => [each.name, each]));
}

class Parameters {
  readonly #owner: string;
  readonly #names: readonly string[];
  readonly #required: number;
  readonly #byName: boolean;

  constructor(owner: string, signature: string) {
    const words = signature.split(' ').filter((word) => word !== '');
    this.#owner = owner;
    this.#byName = words.at(-1) !== '/';
    const names = this.#byName ? words : words.slice(0, -1);
    this.#required = names.filter((name) => !name.endsWith('?')).length;
    this.#names = names.map((name) => name.replace('?', ''));
  }

  /** Errors: TypeError. */
  bind(args: readonly Value[], named: Named): Bound {
    if (args.length > this.#names.length)
      throw typeError(
        `${this.#owner}() takes at most ${this.#names.length} arguments (${args.length} given)`,
      );
    if (named.size === 0) {
      if (args.length < this.#required) throw this.#missing(args.length);
      return args;
    }
    return this.#withNamed(args, named);
  }

  #withNamed(args: readonly Value[], named: Named): Bound {
    if (!this.#byName) throw typeError(`${this.#owner}() takes no keyword arguments`);
    const bound: (Value | undefined)[] = [...args];
    for (const [name, value] of named) {
      const index = this.#names.indexOf(name);
      if (index < 0)
        throw typeError(`${this.#owner}() got an unexpected keyword argument '${name}'`);
      if (bound[index] !== undefined)
        throw typeError(`${this.#owner}() got multiple values for argument '${name}'`);
      bound[index] = value;
    }
    for (let i = 0; i < this.#required; i++) if (bound[i] === undefined) throw this.#missing(i);
    return bound;
  }

  #missing(index: number): Error {
    return typeError(`${this.#owner}() missing required argument: '${this.#names[index] ?? ''}'`);
  }
}
