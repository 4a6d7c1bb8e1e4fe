// Slices as Python bounds them.

export interface SliceIndices {
  readonly first: number;
  /** Where the slice ends, not included; meaningful for a step of 1. */
  readonly last: number;
  readonly count: number;
}

/** What `slice(start, stop, step).indices(length)` selects; `step` is not 0. */
export function sliceIndices(
  length: number,
  start: number | undefined,
  stop: number | undefined,
  step: number,
): SliceIndices {
  const [lowest, highest] = step < 0 ? [-1, length - 1] : [0, length];
  const bounded = (index: number): number =>
    index < 0 ? Math.max(index + length, lowest) : Math.min(index, highest);
  const first = start === undefined ? startOf(step, length) : bounded(start);
  const end = stop === undefined ? endOf(step, length) : bounded(stop);
  const count = Math.max(0, Math.ceil((end - first) / step));
  return { first, last: Math.max(first, end), count };
}

function startOf(step: number, length: number): number {
  return step < 0 ? length - 1 : 0;
}

function endOf(step: number, length: number): number {
  return step < 0 ? -1 : length;
}
