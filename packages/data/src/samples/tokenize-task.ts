// One piece of work of preparing a data set: rows of a file, read where they are tokenised, or rows
// that were read already (of files that cannot be cut).
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FilePart } from '../sources/data-source.js';
import { attemptGroups } from '../sources/read-part.js';
import type { RowTokenizer } from './row-tokenizer.js';
import type { SampleArrays } from './sample-arrays.js';
import { receivedRow, type SentRow } from './sent-row.js';

/** Structured-clonable. `wanted`: only these rows, by their number in the part, ascending. */
export type TokenizeTask =
  | { readonly part: FilePart; readonly wanted?: Int32Array | undefined }
  | { readonly rows: readonly SentRow[]; readonly ordinals: Int32Array };

const MILLISECONDS_PER_TURN = 10;

/**
 * Does `task`, giving the event loop its turn every few milliseconds. `check` is called then: it
 * throws to stop. Errors: those of reading and tokenising.
 */
export async function tokenizeTask(
  tokenizer: RowTokenizer,
  task: TokenizeTask,
  check?: () => void,
): Promise<SampleArrays> {
  let turn = performance.now();
  const isTurnDue = (): boolean =>
    check !== undefined && performance.now() - turn >= MILLISECONDS_PER_TURN;
  const giveTurn = async (): Promise<void> => {
    await nextTurn();
    check?.();
    turn = performance.now();
  };
  if ('rows' in task) {
    for (const [i, row] of task.rows.entries()) {
      tokenizer.add(receivedRow(row), task.ordinals[i]!);
      if (isTurnDue()) await giveTurn();
    }
    return tokenizer.take();
  }
  const { wanted } = task;
  let [ordinal, next] = [0, 0];
  for await (const group of attemptGroups(task.part)) {
    for (const row of group) {
      const chosen = wanted === undefined || wanted[next] === ordinal;
      if (chosen || 'refused' in row) tokenizer.add(row, ordinal);
      if (chosen) next++;
      ordinal++;
      if (wanted !== undefined && next === wanted.length) return tokenizer.take();
      if (isTurnDue()) await giveTurn();
    }
  }
  return tokenizer.take();
}
