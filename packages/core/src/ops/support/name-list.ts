// Operands and outputs by name. A node holds them as lists, in the order in which its op names
// them; definitions of ops see them under their names. The two meet here.
import { AutomodelError } from '../../error.js';
import type { NonEmpty } from '../../list-length.js';

/** `weight?` and `...parts` as the property names `weight` and `parts`. */
type Plain<N extends string> = N extends `...${infer P}` ? P : N extends `${infer P}?` ? P : N;

/**
 * Values by name: `x` is always there, `weight?` may be undefined, `...parts` are all that follow.
 */
export type Named<N extends string, T> = {
  readonly [K in N as Plain<K>]: K extends `...${string}`
    ? readonly T[]
    : K extends `${string}?`
      ? T | undefined
      : T;
};

/** Values by name, any of which may be undefined. */
export type Partly<N extends string, T> = {
  readonly [K in N as Plain<K>]: K extends `...${string}`
    ? readonly (T | undefined)[]
    : T | undefined;
};

/** Values by name where names may also be left out. */
export type Some<N extends string, T> = Partial<Partly<N, T>>;

/**
 * One value for each name, in their order; any number of them where the last name is a rest. The
 * first part of the intersection tells the compiler that an array literal is meant as a tuple.
 */
export type Listed<N extends readonly string[], T> = (NonEmpty<T> | readonly T[]) &
  (N extends readonly [...unknown[], `...${string}`]
    ? readonly T[]
    : { readonly [K in keyof N]: T });

interface Field {
  readonly name: string;
  readonly kind: 'required' | 'optional' | 'rest';
}

function fieldOf(text: string): Field {
  if (text.startsWith('...')) return { name: text.slice(3), kind: 'rest' };
  return text.endsWith('?')
    ? { name: text.slice(0, -1), kind: 'optional' }
    : { name: text, kind: 'required' };
}

/** The name of entry `index` of a list that has these names: `weight`, `parts[2]`. */
export function nameAt(names: readonly string[], index: number): string {
  const last = names.length - 1;
  const { name, kind } = fieldOf(names[Math.min(index, last)] ?? '');
  return kind === 'rest' ? `${name}[${index - last}]` : name;
}

/** The names of one op's operands or outputs, and the way from lists to names and back. */
export class NameList<N extends string> {
  readonly #fields: readonly Field[];
  /** The length up to the last value that must be there. */
  readonly #required: number;

  constructor(
    private readonly op: string,
    private readonly what: 'operand' | 'output',
    private readonly names: readonly N[],
  ) {
    this.#fields = names.map(fieldOf);
    this.#required = this.#fields.findLastIndex((field) => field.kind === 'required') + 1;
    const rest = this.#fields.findIndex((field) => field.kind === 'rest');
    if (rest !== -1 && rest !== this.#fields.length - 1)
      throw new TypeError(`op ${op}: only the last ${what} may be a rest, ${names[rest]!} is not`);
  }

  /** Errors: `bad-graph` where a value that must be there is not, or there are too many. */
  named<T>(values: readonly (T | undefined)[]): Named<N, T> {
    const count = Math.max(values.length, this.#required);
    for (let i = 0; i < count; i++)
      if (values[i] === undefined && this.#fields[i]?.kind !== 'optional')
        throw this.#refuse(`${this.what} ${nameAt(this.names, i)} is missing`);
    if (values.length > this.#fields.length && this.#fields.at(-1)?.kind !== 'rest')
      throw this.#refuse(`${values.length} ${this.what}s for ${this.#fields.length} names`);
    return this.partly(values) as unknown as Named<N, T>;
  }

  /** Values by name without a check. Every node of every graph comes here, several times. */
  partly<T>(values: readonly (T | undefined)[]): Partly<N, T> {
    const byName: Record<string, T | undefined | readonly (T | undefined)[]> = {};
    let i = 0;
    for (const { name, kind } of this.#fields) {
      byName[name] = kind === 'rest' ? values.slice(i) : values[i];
      i++;
    }
    return byName as Partly<N, T>;
  }

  /** A list of `length` values. Errors: `bad-graph` for a name that is not one of these. */
  listed<T>(values: Some<N, T>, length: number): (T | undefined)[] {
    const byName = new Map(
      Object.entries(values as Readonly<Record<string, T | readonly T[] | undefined>>),
    );
    const list: (T | undefined)[] = [];
    for (const { name, kind } of this.#fields) {
      const value = byName.get(name);
      // a rest may be longer than a call may have arguments
      if (kind === 'rest') for (const entry of (value ?? []) as readonly T[]) list.push(entry);
      else list.push(value as T | undefined);
      byName.delete(name);
    }
    for (const name of byName.keys())
      throw this.#refuse(`${name} is not the name of an ${this.what}`);
    return Array.from({ length }, (_, i) => list[i]);
  }

  #refuse(why: string): AutomodelError {
    return new AutomodelError('bad-graph', `${this.op}: ${why}`);
  }
}
