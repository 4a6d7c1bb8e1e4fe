// Which rows of a data set are used, decided by their numbers alone, before anything is tokenised:
// a shuffle, then a slice, then a limit.
import { AutomodelError } from '@automodel/core';
import { permutation } from './permutation.js';

/** Rows are counted in the order of files, from 0. */
export interface RowSelection {
  /**
   * A name such as `train`, or a slice of it as Hugging Face writes them: `train[:500]`,
   * `train[10%:20%]`, `train[-100:]`.
   */
  readonly split?: string | undefined;
  /** Shuffles the rows before the slice and the limit take some of them. */
  readonly shuffleSeed?: number | undefined;
  /** Maximum number of rows. */
  readonly limit?: number | undefined;
}

interface Slice {
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly percent: boolean;
}

const NO_SLICE: Slice = { from: undefined, to: undefined, percent: false };

const SPLIT = /^([\w.-]+)(?:\[(-?\d+)?(%)?:(-?\d+)?(%)?\])?$/;

/** The name in a split: `train` of `train[:500]`. Errors: `bad-recipe`. */
export const splitName = (split: string): string => parseSplit(split).name;

/** True where every row is used in order, so that they need not be counted first. */
export function takesAll({ split, shuffleSeed, limit }: RowSelection): boolean {
  if (shuffleSeed !== undefined || limit !== undefined) return false;
  const slice = split === undefined ? undefined : parseSplit(split);
  return slice === undefined || (slice.from === undefined && slice.to === undefined);
}

/** How many rows have to be read to find all chosen ones; undefined where only counting tells. */
export function rowsNeeded({ split, shuffleSeed, limit }: RowSelection): number | undefined {
  const { from, to, percent } = split === undefined ? NO_SLICE : parseSplit(split);
  if (shuffleSeed !== undefined || percent || (from ?? 0) < 0 || (to ?? 0) < 0) return undefined;
  const ends = [to, limit === undefined ? undefined : (from ?? 0) + limit].filter(
    (end) => end !== undefined,
  );
  return ends.length === 0 ? undefined : Math.min(...ends);
}

/**
 * The chosen rows of `total`, in the order in which they are used. Errors: `bad-recipe` for a split
 * that does not parse.
 */
export function selectRows(total: number, { split, shuffleSeed, limit }: RowSelection): Int32Array {
  const order =
    shuffleSeed === undefined
      ? Int32Array.from({ length: total }, (_, i) => i)
      : permutation(total, Math.abs(shuffleSeed), 0);
  const { from, to, percent } = split === undefined ? NO_SLICE : parseSplit(split);
  const place = (value: number | undefined): number | undefined =>
    value === undefined || !percent ? value : Math.trunc((value * total) / 100);
  const sliced = order.slice(place(from), place(to));
  return limit === undefined ? sliced : sliced.slice(0, limit);
}

function parseSplit(split: string): Slice & { readonly name: string } {
  const match = SPLIT.exec(split);
  if (split.includes('+'))
    throw new AutomodelError(
      'bad-recipe',
      `split ${JSON.stringify(split)} joins splits, which is not supported`,
      { hint: 'name the files of both in a list, or mix two data sets with type: mixed' },
    );
  if (match === null)
    throw new AutomodelError(
      'bad-recipe',
      `split ${JSON.stringify(split)} is not a name such as train, or a slice such as ` +
        'train[:1000] or train[10%:]',
    );
  const number = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : Number(text);
  const [from, to] = [number(match[2]), number(match[4])];
  const [fromPercent, toPercent] = [match[3] === '%', match[5] === '%'];
  if (
    (fromPercent && from === undefined) ||
    (toPercent && to === undefined) ||
    (from !== undefined && to !== undefined && fromPercent !== toPercent)
  ) {
    throw new AutomodelError(
      'bad-recipe',
      `split ${JSON.stringify(split)} mixes row numbers and percents`,
      { hint: 'write both ends in rows or both in percent' },
    );
  }
  return { name: match[1]!, from, to, percent: fromPercent || toPercent };
}
