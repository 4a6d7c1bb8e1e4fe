// Cuts data files into tasks: parts that a thread reads by itself, and, for files that cannot be
// cut, groups of rows read here.
import { AutomodelError } from '@automodel/core';
import type { DataFile, FilePart, RefusedRow } from '../sources/data-source.js';
import { attemptPart } from '../sources/read-part.js';
import { splitFile } from '../sources/split-file.js';
import { rowsNeeded, selectRows, takesAll, type RowSelection } from './row-selection.js';
import { sentRow, type SentRow } from './sent-row.js';
import type { TokenizeTask } from './tokenize-task.js';
import { isMistake } from './wrong-rows.js';

/** A task and where it belongs. */
export interface PlannedTask {
  readonly task: TokenizeTask;
  /** Number of its file. */
  readonly file: number;
  /** Number of the part's first row among all rows. */
  readonly firstOrdinal: number;
  /** Bytes of the file on disk that the task accounts for. */
  readonly bytes: number;
}

const PART_BYTES = 1 << 20;
const ROWS_PER_GROUP = 1000;

/**
 * The chosen rows in the order in which they are used; undefined: all, in order. Rows are counted,
 * which reads the files once, only where their number decides; otherwise some of the chosen ones
 * may not exist. Errors: `bad-data` where none is left.
 */
export async function chosenRows(
  files: readonly DataFile[],
  selection: RowSelection,
): Promise<Int32Array | undefined> {
  if (takesAll(selection)) return undefined;
  const most = rowsNeeded(selection);
  if (most !== undefined) return selectRows(most, selection);
  let total = 0;
  for (const file of files) {
    for await (const part of splitFile(file, 16 * PART_BYTES)) {
      if (part.rows !== undefined) total += part.rows;
      else total += await countedRows(part);
    }
  }
  const chosen = selectRows(total, selection);
  if (chosen.length === 0)
    throw new AutomodelError('bad-data', `split and limit leave none of the ${total} rows`, {
      location: files.map(({ path }) => path).join(', '),
    });
  return chosen;
}

/** Rows of `part`, wrong ones too. Errors: those after which nothing can be read. */
async function countedRows(part: FilePart): Promise<number> {
  let rows = 0;
  for await (const row of attemptPart(part)) {
    if ('refused' in row && row.endsFile === true) throw row.refused;
    rows++;
  }
  return rows;
}

/** Tasks in order of rows; `wanted`: only these rows, ascending. */
export async function* planTasks(
  files: readonly DataFile[],
  wanted: Int32Array | undefined,
): AsyncGenerator<PlannedTask> {
  let firstOrdinal = 0;
  const last = wanted?.at(-1) ?? Infinity;
  for (const [file, data] of files.entries()) {
    for await (const part of attemptedParts(data)) {
      if (firstOrdinal > last) return;
      if ('refused' in part) {
        const task = { rows: [sentRow(part)], ordinals: Int32Array.of(0) };
        yield { task, file, firstOrdinal, bytes: 0 };
        continue;
      }
      if (part.rows === undefined) {
        let rows = 0;
        for await (const { group, last, bytes } of groupsOf(part, firstOrdinal, wanted)) {
          rows = last + 1;
          if (group.rows.length > 0) yield { task: group, file, firstOrdinal, bytes };
        }
        firstOrdinal += rows;
        continue;
      }
      const within = wanted === undefined ? undefined : rowsWithin(wanted, firstOrdinal, part.rows);
      if (within === undefined || within.length > 0)
        yield { task: { part, wanted: within }, file, firstOrdinal, bytes: part.bytes };
      firstOrdinal += part.rows;
    }
  }
}

/** The parts of a file; the error of one that cannot be cut stands for its rows. */
async function* attemptedParts(file: DataFile): AsyncGenerator<FilePart | RefusedRow> {
  try {
    yield* splitFile(file, PART_BYTES);
  } catch (refused) {
    if (!isMistake(refused)) throw refused;
    yield { refused, source: { file: file.path, row: 1 }, endsFile: true };
  }
}

async function* groupsOf(
  part: FilePart,
  firstOrdinal: number,
  wanted: Int32Array | undefined,
): AsyncGenerator<{
  readonly group: { readonly rows: readonly SentRow[]; readonly ordinals: Int32Array };
  readonly last: number;
  readonly bytes: number;
}> {
  let [rows, ordinals, ordinal, read, told]: [SentRow[], number[], number, number, number] = [
    [],
    [],
    0,
    0,
    0,
  ];
  let next = wanted === undefined ? 0 : lowerBound(wanted, firstOrdinal);
  for await (const row of attemptPart(part)) {
    const chosen = wanted === undefined || wanted[next] === firstOrdinal + ordinal;
    if (chosen || 'refused' in row) {
      rows.push(sentRow(row));
      ordinals.push(ordinal);
    }
    if (chosen) next++;
    read = row.bytesRead;
    ordinal++;
    if (wanted !== undefined && next === wanted.length) break;
    if (rows.length < ROWS_PER_GROUP) continue;
    yield {
      group: { rows, ordinals: Int32Array.from(ordinals) },
      last: ordinal - 1,
      bytes: read - told,
    };
    [rows, ordinals, told] = [[], [], read];
  }
  yield {
    group: { rows, ordinals: Int32Array.from(ordinals) },
    last: ordinal - 1,
    bytes: read - told,
  };
}

/**
 * Those of the ascending `wanted` that are among `count` rows from `first` on, counted from there.
 */
function rowsWithin(wanted: Int32Array, first: number, count: number): Int32Array {
  return wanted
    .slice(lowerBound(wanted, first), lowerBound(wanted, first + count))
    .map((ordinal) => ordinal - first);
}

function lowerBound(values: Int32Array, least: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
