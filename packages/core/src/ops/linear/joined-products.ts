// How ops that join several products take their operands: as pairs, up to a most.
import { AutomodelError } from '../../error.js';
import { exactly, nonEmpty, type NonEmpty } from '../../list-length.js';

/** Most products that one op joins: those of an attention layer or an MLP and their adapters. */
export const MAX_JOINED = 8;

/** A list in which two things alternate, as pairs. Errors: `bad-argument` naming the op. */
export function joinedPairs<T>(
  op: string,
  list: readonly T[],
): NonEmpty<readonly [first: T, second: T]> {
  const count = list.length / 2;
  if (!Number.isInteger(count) || count === 0 || count > MAX_JOINED)
    throw new AutomodelError(
      'bad-argument',
      `${op} takes up to ${MAX_JOINED} pairs of operands, not a list of ${list.length}`,
    );
  return nonEmpty(
    Array.from({ length: count }, (_, i) => exactly(list.slice(2 * i, 2 * i + 2), 2)),
  );
}
