// Lists of known length: every op has an output, a matrix has two sizes. Code that takes them apart
// needs no assertions.
import { AutomodelError } from './error.js';

/** A list with at least one entry. */
export type NonEmpty<T> = readonly [T, ...T[]];

/** The same list, typed as having an entry. Errors: `internal` for an empty one. */
export function nonEmpty<T>(list: readonly T[]): NonEmpty<T> {
  if (list[0] === undefined)
    throw new AutomodelError('internal', 'a list that must have an entry is empty');
  return list as NonEmpty<T>;
}

/** `change` applied to each entry. */
export const mapNonEmpty = <T, U>(list: NonEmpty<T>, change: (entry: T) => U): NonEmpty<U> =>
  list.map((entry) => change(entry)) as unknown as NonEmpty<U>;

/** A list of exactly N entries. */
export interface ListsOf<T> {
  readonly 1: readonly [T];
  readonly 2: readonly [T, T];
  readonly 3: readonly [T, T, T];
  readonly 4: readonly [T, T, T, T];
  readonly 5: readonly [T, T, T, T, T];
}

/** The same list, typed as having `length` entries. Errors: `internal` for another length. */
export function exactly<T, N extends keyof ListsOf<T>>(
  list: readonly T[],
  length: N,
): ListsOf<T>[N] {
  if (list.length !== length)
    throw new AutomodelError(
      'internal',
      `expected a list of ${length} entries, not of ${list.length}`,
    );
  return list as unknown as ListsOf<T>[N];
}
