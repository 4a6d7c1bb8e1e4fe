// The history of a run as W&B keeps it: one row per step, in order. Entries of one step are one
// row, so the last row stays open until a later step comes; the summary is the latest value of
// everything.
import type { TrackedValues } from '@automodel/contracts';

type Values = Readonly<Record<string, number>>;
type Row = Values & { readonly _step: number };

export interface HistoryState {
  /** Rows that are complete and were written. */
  readonly written: number;
  readonly open: Row | undefined;
  readonly summary: Values;
}

export const EMPTY_HISTORY: HistoryState = { written: 0, open: undefined, summary: {} };

/**
 * The state after `entries`, and the rows that are complete now. Values of a step that is past are
 * put into the open row.
 */
export function extendHistory(
  state: HistoryState,
  entries: readonly TrackedValues[],
  startedAt: Date,
): { readonly state: HistoryState; readonly rows: readonly Row[] } {
  const rows: Row[] = [];
  let [open, summary] = [state.open, state.summary];
  for (const { step, epoch, time, values } of entries) {
    if (open !== undefined && step > open._step) {
      rows.push(open);
      open = undefined;
    }
    const seconds = time.getTime() / 1000;
    open = {
      ...open,
      ...values,
      epoch,
      _step: open?._step ?? step,
      _timestamp: seconds,
      _runtime: seconds - startedAt.getTime() / 1000,
    };
    summary = { ...summary, ...open };
  }
  return { state: { written: state.written + rows.length, open, summary }, rows };
}

/** The state with the last row closed. */
export const closeHistory = ({
  written,
  open,
  summary,
}: HistoryState): { readonly state: HistoryState; readonly rows: readonly Row[] } => ({
  state: { written: written + (open === undefined ? 0 : 1), open: undefined, summary },
  rows: open === undefined ? [] : [open],
});
