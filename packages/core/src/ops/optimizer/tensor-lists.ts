// What the ops of an optimizer that go over many parameters share: their operands are lists of
// equal length, one after the other (all parameters, then all first moments, ...), so that result
// i takes over the memory of operand i behind the scalars, whatever the length of the lists.
import { AutomodelError } from '../../error.js';

/** Maximum number of parameters of one node. */
export const MAX_PARAMETERS = 128;

/**
 * Entry i of each of `count` lists of equal length that follow one another, for each i. Errors:
 * `bad-argument` for empty lists, lists of different lengths or longer than MAX_PARAMETERS, naming
 * `op`.
 */
export function byParameter<T>(op: string, lists: readonly T[], count: number): readonly T[][] {
  const length = lists.length / count;
  if (!Number.isInteger(length) || length < 1 || length > MAX_PARAMETERS)
    throw new AutomodelError(
      'bad-argument',
      `${op} takes ${count === 1 ? 'a list' : `${count} lists`} of 1 to ${MAX_PARAMETERS} tensors` +
        `, not ${lists.length} tensors`,
    );
  return Array.from({ length }, (_, i) =>
    Array.from({ length: count }, (_, list) => lists[list * length + i]!),
  );
}

/** The way back: all first entries, then all second ones, ... Each parameter has as many. */
export const inLists = <T>(parameters: readonly (readonly T[])[]): T[] =>
  (parameters[0] ?? []).flatMap((_, list) => parameters.map((entries) => entries[list]!));

/** `list` in pieces of at most `length` entries, in order. */
export const inPieces = <T>(list: readonly T[], length = MAX_PARAMETERS): readonly T[][] =>
  Array.from({ length: Math.ceil(list.length / length) }, (_, i) =>
    list.slice(i * length, (i + 1) * length),
  );

/** Result i may take over the memory of operand i behind `scalars` operands; `lists` results. */
export const overwritesBehind = (
  scalars: number,
  lists: number,
): readonly (readonly [output: number, input: number])[] =>
  Array.from({ length: lists * MAX_PARAMETERS }, (_, i) => [i, scalars + i] as const);
