// Rows of data files in windows of a fixed number of consecutive rows, which threads tokenise
// ahead, piece by piece. A window may begin within a piece: its place names the piece and how many
// of its rows to skip, so that reading can begin at any window.
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { orderedResults } from '../samples/ordered-results.js';
import type { PlannedTask } from '../samples/plan-tasks.js';
import type { RowOptions } from '../samples/row-tokenizer.js';
import { splitSamples, type SampleArrays } from '../samples/sample-arrays.js';
import { sentRow, type SentRow } from '../samples/sent-row.js';
import type { DataFile } from '../sources/data-source.js';
import { attemptPart } from '../sources/read-part.js';
import { splitFile } from '../sources/split-file.js';

/** A place between two rows. JSON. */
export interface StreamPlace {
  /** Number of the file. */
  readonly file: number;
  /**
   * The row or line that follows, counted as in `RowSource.row`; in files that cannot be cut, the
   * number of the row, from 1.
   */
  readonly firstRow: number;
  /** `FilePart.start` of what follows. */
  readonly start: number;
  /** Rows to skip from there on. */
  readonly skip: number;
}

export const STREAM_START: StreamPlace = { file: 0, firstRow: 1, start: 0, skip: 0 };

/** Consecutive rows. */
export interface RowWindow {
  readonly from: StreamPlace;
  readonly pieces: readonly { readonly samples: SampleArrays; readonly file: number }[];
  /** No row follows it. */
  readonly last: boolean;
}

export interface WindowOptions {
  /** Rows of a window; the last window has the remaining ones. */
  readonly rows: number;
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
}

/** Bytes that a thread takes at once. */
const PIECE_BYTES = 256 << 10;
const ROWS_PER_GROUP = 500;

/**
 * The windows from `from` to the end of the files. Errors: those of reading and tokenising, in
 * order of rows.
 */
export async function* readWindows(
  tokenizer: Tokenizer,
  files: readonly DataFile[],
  options: RowOptions,
  { rows, threads, signal }: WindowOptions,
  from: StreamPlace,
): AsyncGenerator<RowWindow> {
  let window = newWindow(from);
  // A window is known to be the last one only when no row follows it.
  let held: RowWindow | undefined;
  let { skip } = from;
  const tasks = streamTasks(files, from);
  const results = orderedResults(tokenizer, tasks, { rows: options, threads, signal });
  for await (const { result, file, place } of results) {
    const [, asked] = splitSamples(result, skip);
    let rest = asked;
    let before = Math.min(skip, result.rowCount);
    skip -= before;
    while (rest.rowCount > 0) {
      if (window.rows === 0) {
        if (held !== undefined) yield held;
        held = undefined;
        window = newWindow({ ...place, skip: before });
      }
      const [taken, left] = splitSamples(rest, rows - window.rows);
      window.pieces.push({ samples: taken, file });
      window.rows += taken.rowCount;
      before += taken.rowCount;
      rest = left;
      if (window.rows < rows) continue;
      held = { ...window, last: false };
      window = newWindow(from); // its beginning is known with its first row
    }
  }
  if (window.rows > 0) {
    if (held !== undefined) yield held;
    held = window;
  }
  if (held !== undefined) yield { ...held, last: true };
}

function newWindow(from: StreamPlace): {
  readonly from: StreamPlace;
  readonly pieces: { readonly samples: SampleArrays; readonly file: number }[];
  rows: number;
  readonly last: boolean;
} {
  return { from, pieces: [], rows: 0, last: false };
}

async function* streamTasks(
  files: readonly DataFile[],
  from: StreamPlace,
): AsyncGenerator<PlannedTask & { readonly place: Omit<StreamPlace, 'skip'> }> {
  for (let file = from.file; file < files.length; file++) {
    const begin = file === from.file ? from : { file, firstRow: 1, start: 0 };
    for await (const part of splitFile(files[file]!, PIECE_BYTES, begin)) {
      const common = { file, firstOrdinal: 0, bytes: part.bytes };
      if (part.rows !== undefined) {
        yield {
          ...common,
          task: { part },
          place: { file, firstRow: part.firstRow, start: part.start },
        };
        continue;
      }
      let rows: SentRow[] = [];
      let ordinal = 0;
      const group = (): PlannedTask & { readonly place: Omit<StreamPlace, 'skip'> } => ({
        ...common,
        task: { rows, ordinals: Int32Array.from(rows, (_, i) => i) },
        place: { file, firstRow: ordinal - rows.length + 1, start: 0 },
      });
      for await (const row of attemptPart(part)) {
        if (++ordinal < begin.firstRow) continue;
        rows.push(sentRow(row));
        if (rows.length < ROWS_PER_GROUP) continue;
        yield group();
        rows = [];
      }
      if (rows.length > 0) yield group();
    }
  }
}
