// Zooming and moving along the steps: which range is shown after a move.

export type Move = 'in' | 'out' | 'earlier' | 'later' | 'whole';
export type StepRange = readonly [first: number, last: number];

/** How much of the range is left after zooming in once, and how far a move goes. */
const [ZOOM, SHARE] = [0.5, 0.25];
/** The shortest range, in steps. */
const SHORTEST = 2;

/**
 * The range after `move`, inside `whole`; undefined is the whole run. `around`: the step that stays
 * in its place when zooming; absent: the middle.
 */
export function movedRange(
  whole: StepRange,
  range: StepRange | undefined,
  move: Move,
  around?: number | undefined,
): StepRange | undefined {
  if (move === 'whole') return undefined;
  const [from, to] = range ?? whole;
  const length = to - from;
  if (move === 'earlier' || move === 'later') {
    const by = SHARE * length * (move === 'later' ? 1 : -1);
    return within(whole, [from + by, to + by]);
  }
  const centre = around !== undefined && around >= from && around <= to ? around : (from + to) / 2;
  const factor = move === 'in' ? Math.min(1, Math.max(ZOOM, SHORTEST / length)) : 1 / ZOOM;
  return within(whole, [centre - factor * (centre - from), centre + factor * (to - centre)]);
}

/** The range that a reader marked; undefined if it is too short to be meant. */
export function markedRange(whole: StepRange, one: number, other: number): StepRange | undefined {
  const [from, to] = [Math.min(one, other), Math.max(one, other)];
  return to - from < SHORTEST / 2 ? undefined : within(whole, [from, to]);
}

/** The range moved into `whole`; undefined where it is the whole. */
function within([first, last]: StepRange, [from, to]: StepRange): StepRange | undefined {
  const length = to - from;
  if (length >= last - first) return undefined;
  const start = Math.min(Math.max(first, from), last - length);
  return [start, start + length];
}
