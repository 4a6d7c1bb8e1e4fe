// Rows of data files as windows: so many consecutive rows, tokenised ahead by threads. Where a window begins in the files is known, so that reading can begin at any of them.
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { orderedResults } from '../preparation/ordered-results.js';
import type { PlannedTask } from '../preparation/plan-tasks.js';
import type { RowOptions } from '../preparation/row-tokenizer.js';
import type { ReadRow } from '../preparation/tokenize-task.js';
import type { TokenizedRows } from '../preparation/tokenized-rows.js';
import type { DataFile } from '../sources/data-source.js';
import { readPart } from '../sources/read-part.js';
import { splitFile } from '../sources/split-file.js';

/** A place between two rows. JSON. */
export interface StreamPlace {
  /** Number of the file. */
  readonly file: number;
  /** Row or line that follows, as `RowSource.row` counts; in files that cannot be cut, how many rows precede it, and 1. */
  readonly firstRow: number;
  /** `FilePart.start` of what follows. */
  readonly start: number;
}

export const STREAM_START: StreamPlace = { file: 0, firstRow: 1, start: 0 };

/** Consecutive rows. */
export interface RowWindow {
  readonly from: StreamPlace;
  readonly pieces: readonly { readonly rows: TokenizedRows; readonly file: number }[];
  readonly samples: number;
  /** No row follows it. */
  readonly last: boolean;
}

export interface WindowOptions {
  /** Least rows of a window; it ends with the piece that reaches them. */
  readonly rows: number;
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
}

/** Bytes that a thread takes at once: the unit in which windows grow. */
const PIECE_BYTES = 256 << 10;
const ROWS_PER_BATCH = 500;

/** The windows from `from` to the end of the files. Errors: those of reading and tokenising, in order of rows. */
export async function* readWindows(tokenizer: Tokenizer, files: readonly DataFile[], options: RowOptions, { rows, threads, signal }: WindowOptions, from: StreamPlace): AsyncGenerator<RowWindow> {
  let window = newWindow(from);
  let held: RowWindow | undefined;
  for await (const { result, file, place } of orderedResults(tokenizer, options, streamTasks(files, from), threads, signal)) {
    if (window.pieces.length === 0) {
      if (held !== undefined) yield held;
      held = undefined;
      window = newWindow(place);
    }
    window.pieces.push({ rows: result, file });
    window.rows += result.rowCount;
    window.samples += result.lengths.length;
    if (window.rows < rows) continue;
    held = { ...window, last: false };
    window = newWindow(place);
  }
  if (window.pieces.length === 0) {
    if (held !== undefined) yield { ...held, last: true };
    return;
  }
  if (held !== undefined) yield held;
  yield { ...window, last: true };
}

function newWindow(from: StreamPlace): { readonly from: StreamPlace; readonly pieces: { readonly rows: TokenizedRows; readonly file: number }[]; rows: number; samples: number } {
  return { from, pieces: [], rows: 0, samples: 0 };
}

async function* streamTasks(files: readonly DataFile[], from: StreamPlace): AsyncGenerator<PlannedTask & { readonly place: StreamPlace }> {
  for (let file = from.file; file < files.length; file++) {
    const begin = file === from.file ? from : { file, firstRow: 1, start: 0 };
    for await (const part of splitFile(files[file]!, PIECE_BYTES, begin)) {
      const common = { file, firstOrdinal: 0, bytes: part.bytes };
      if (part.rows !== undefined) {
        yield { ...common, task: { part }, place: { file, firstRow: part.firstRow, start: part.start } };
        continue;
      }
      let rows: ReadRow[] = [];
      let ordinal = 0;
      const batch = (): PlannedTask & { readonly place: StreamPlace } => ({ ...common, task: { rows, ordinals: Int32Array.from(rows, (_, i) => i) }, place: { file, firstRow: ordinal - rows.length + 1, start: 0 } });
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
