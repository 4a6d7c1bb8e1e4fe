// The shape of what masks keep together: each row keeps one run of keys, which ends at the query
// (causal) or at the last key (open) and begins a fixed distance before it (the window).
import type { Refusal } from './attention-scores.js';

/** For each row that was looked at, 1 for the keys it keeps. */
export type KeptRows = ReadonlyMap<number, Uint8Array>;

export interface MaskShape {
  readonly causal: boolean;
  /** 0: none. */
  readonly window: number;
}

/** The shape of `kept` and, where `causal`, of a causal mask besides. */
export function maskShape(
  kept: readonly KeptRows[],
  causal: boolean,
  length: number,
): MaskShape | Refusal {
  const first = kept[0];
  if (first === undefined) return { causal, window: 0 };
  const runs = [...first.keys()].map((row) => {
    const keep = (k: number): boolean =>
      (!causal || k <= row) && kept.every((one) => one.get(row)![k] === 1);
    let [from, to] = [0, length];
    while (from < length && !keep(from)) from++;
    while (to > from && !keep(to - 1)) to--;
    let whole = true;
    for (let k = from; k < to; k++) whole &&= keep(k);
    return { row, from, to, whole };
  });
  const last = runs.at(-1)!;
  const isCausal = runs.every(({ row, to }) => to === row + 1);
  const window = last.from === 0 ? 0 : length - last.from;
  const fits = runs.every(
    ({ row, from, to, whole }) =>
      whole &&
      (isCausal || to === length) &&
      from === (window === 0 ? 0 : Math.max(0, row - window + 1)),
  );
  if (!fits) return 'the mask is neither causal, nor windowed, nor open';
  return window > 0 && !isCausal
    ? 'the mask has a window that is not causal'
    : { causal: isCausal, window };
}
