// Rows of data files as windows: exactly so many consecutive rows, tokenised ahead by threads in
// pieces. A window that begins within a piece is found again by the piece and the rows of it that
// are skipped, so that reading can begin at any window.
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { orderedResults } from '../samples/ordered-results.js';
import type { PlannedTask } from '../samples/plan-tasks.js';
import type { RowOptions } from '../samples/row-tokenizer.js';
import type { ReadRow } from '../samples/tokenize-task.js';
import { splitRows, type TokenizedRows } from '../samples/tokenized-rows.js';
import type { DataFile } from '../sources/data-source.js';
import { readPart } from '../sources/read-part.js';
import { splitFile } from '../sources/split-file.js';

/** A place between two rows. JSON. */
export interface StreamPlace {
  /** Number of the file. */
  readonly file: number;
  /**
   * Row or line that follows, as `RowSource.row` counts; in files that cannot be cut, how many rows
   * precede it, and 1.
   */
  readonly firstRow: number;
  /** `FilePart.start` of what follows. */
  readonly start: number;
  /** Rows from there on that precede it. */
  readonly skip: number;
}

export const STREAM_START: StreamPlace = { file: 0, firstRow: 1, start: 0, skip: 0 };

/** Consecutive rows. */
export interface RowWindow {
  readonly from: StreamPlace;
  readonly pieces: readonly { readonly rows: TokenizedRows; readonly file: number }[];
  readonly samples: number;
  /** No row follows it. */
  readonly last: boolean;
}

export interface WindowOptions {
  /** Rows of a window; the last one has those that are left. */
  readonly rows: number;
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
}

/** Bytes that a thread takes at once. */
const PIECE_BYTES = 256 << 10;
const ROWS_PER_BATCH = 500;

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
  for await (const { result, file, place } of orderedResults(
    tokenizer,
    options,
    streamTasks(files, from),
    threads,
    signal,
  )) {
    const [, asked] = splitRows(result, skip);
    let rest = asked;
    let before = Math.min(skip, result.rowCount);
    skip -= before;
    while (rest.rowCount > 0) {
      if (window.rows === 0) {
        if (held !== undefined) yield held;
        held = undefined;
        window = newWindow({ ...place, skip: before });
      }
      const [taken, left] = splitRows(rest, rows - window.rows);
      window.pieces.push({ rows: taken, file });
      window.rows += taken.rowCount;
      window.samples += taken.rows.length;
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
  readonly pieces: { readonly rows: TokenizedRows; readonly file: number }[];
  rows: number;
  samples: number;
  readonly last: boolean;
} {
  return { from, pieces: [], rows: 0, samples: 0, last: false };
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
      let rows: ReadRow[] = [];
      let ordinal = 0;
      const batch = (): PlannedTask & { readonly place: Omit<StreamPlace, 'skip'> } => ({
        ...common,
        task: { rows, ordinals: Int32Array.from(rows, (_, i) => i) },
        place: { file, firstRow: ordinal - rows.length + 1, start: 0 },
      });
      for await (const { value, source } of readPart(part)) {
        if (++ordinal < begin.firstRow) continue;
        rows.push({ value, source });
        if (rows.length < ROWS_PER_BATCH) continue;
        yield batch();
        rows = [];
      }
      if (rows.length > 0) yield batch();
    }
  }
}
