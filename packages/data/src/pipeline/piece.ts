// A piece of a text on its way through the pre-tokenizers.
import type { Stretch } from '../patterns/pattern.js';

export interface Piece {
  readonly text: string;
  /**
   * How many of its first code units were made from the first character of the whole text: a
   * Metaspace with `prepend_scheme: first` marks the piece that has some.
   */
  readonly leading: number;
}

/** From `start` to `end` of a piece. */
export const slice = ({ text, leading }: Piece, start: number, end: number): Piece => ({
  text: text.slice(start, end),
  leading: Math.max(0, Math.min(leading, end) - start),
});

export type Behavior =
  'Removed' | 'Isolated' | 'MergedWithPrevious' | 'MergedWithNext' | 'Contiguous';

export const BEHAVIORS: readonly Behavior[] = [
  'Removed',
  'Isolated',
  'MergedWithPrevious',
  'MergedWithNext',
  'Contiguous',
];

interface Range {
  start: number;
  end: number;
}

/** The parts of `piece` that the matches divide it into; none is empty. */
export function splitPiece(
  piece: Piece,
  stretches: readonly Stretch[],
  behavior: Behavior,
): readonly Piece[] {
  return RANGES[behavior](stretches)
    .filter(({ start, end }) => end > start)
    .map(({ start, end }) => slice(piece, start, end));
}

const RANGES: Readonly<Record<Behavior, (stretches: readonly Stretch[]) => readonly Range[]>> = {
  Removed: (stretches) => stretches.filter(({ match }) => !match),
  Isolated: (stretches) => stretches,
  MergedWithPrevious: (stretches) =>
    joined(stretches, (match, before) => match && !before, forwards),
  MergedWithNext: (stretches) =>
    joined(stretches.toReversed(), (match, before) => match && !before, backwards).toReversed(),
  Contiguous: (stretches) => joined(stretches, (match, before) => match === before, forwards),
};

const forwards = (range: Range, { end }: Stretch): void => void (range.end = end);
const backwards = (range: Range, { start }: Stretch): void => void (range.start = start);

/** Each stretch joins the one before where `joins` says so; before the first, nothing matched. */
function joined(
  stretches: readonly Stretch[],
  joins: (match: boolean, before: boolean) => boolean,
  grow: (range: Range, stretch: Stretch) => void,
): Range[] {
  const ranges: Range[] = [];
  let before = false;
  for (const stretch of stretches) {
    const last = ranges.at(-1);
    if (last !== undefined && joins(stretch.match, before)) grow(last, stretch);
    else ranges.push({ start: stretch.start, end: stretch.end });
    before = stretch.match;
  }
  return ranges;
}
