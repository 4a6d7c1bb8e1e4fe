// Rows that a program hands over, from an array, a generator or a database's cursor, as a data set:
// the same formats, checks and report as rows of files, without threads and cache.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AutomodelError } from '@automodel/core';
import { DatasetBuilder } from './dataset-builder.js';
import { RowTokenizer, type RowOptions } from './row-tokenizer.js';
import { takesAll, selectRows, type RowSelection } from './row-selection.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { attemptedRow } from '../sources/attempted-row.js';
import { rowObject } from '../sources/parse-json.js';
import type { Dataset } from './load-dataset.js';
import { WrongRows, type OnWrongRow } from './wrong-rows.js';

/** Row objects, as a line of a JSON Lines file holds them. */
export type Rows = Iterable<object> | AsyncIterable<object>;

export interface LoadRowsOptions extends RowOptions {
  /** What errors and reports call them, in place of a file. Default `rows`. */
  readonly name?: string | undefined;
  /**
   * Which rows; default: all. Any other choice keeps all rows in memory until the last one is
   * there.
   */
  readonly selection?: RowSelection | undefined;
  /** `collect`: a `WrongRowsError` at the end has them all. Default `throw`: the first one. */
  readonly onWrongRow?: OnWrongRow | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Tokens after which samples are handed to the builder. */
const TOKENS_AT_ONCE = 1 << 16;

/**
 * Reads `rows` once, to the end. Errors: `bad-data` at name:row, counted from 1; `aborted`;
 * whatever the iteration throws.
 */
export async function loadRows(
  tokenizer: Tokenizer,
  rows: Rows,
  options: LoadRowsOptions = {},
): Promise<Dataset> {
  const started = performance.now();
  const { name = 'rows', selection = {}, onWrongRow, signal, ...rowOptions } = options;
  const rowTokenizer = new RowTokenizer(tokenizer, rowOptions, onWrongRow);
  const wrong = new WrongRows();
  const builder = new DatasetBuilder([name], undefined, []);
  let [count, putAway] = [0, 0];
  const putAwayAll = async (): Promise<void> => {
    const taken = rowTokenizer.take();
    wrong.join(taken.wrong ?? []);
    if (wrong.isEmpty) await builder.append(taken, 0, putAway);
    putAway = count;
  };
  for await (const { value, row } of takesAll(selection)
    ? numbered(rows)
    : chosen(rows, selection)) {
    if (signal?.aborted === true)
      throw new AutomodelError('aborted', 'loading the data was stopped', { cause: signal.reason });
    const source = { file: name, row };
    const read = attemptedRow(source, () => ({ value: rowObject(value, source), source }));
    rowTokenizer.add(read, count - putAway);
    count++;
    if (rowTokenizer.tokens < TOKENS_AT_ONCE) continue;
    await putAwayAll();
    await nextTurn();
  }
  await putAwayAll();
  wrong.throwIfAny();
  if (builder.samples === 0)
    throw new AutomodelError(
      'bad-data',
      'nothing to train on: ' +
        `${count === 0 ? 'no rows' : `none of ${count} rows has tokens to train`}`,
      { location: name },
    );
  return builder.finish(undefined, started);
}

async function* numbered(
  rows: Rows,
): AsyncGenerator<{ readonly value: unknown; readonly row: number }> {
  let row = 0;
  for await (const value of rows) yield { value, row: ++row };
}

async function* chosen(rows: Rows, selection: RowSelection): ReturnType<typeof numbered> {
  const all: { readonly value: unknown; readonly row: number }[] = [];
  for await (const row of numbered(rows)) all.push(row);
  for (const place of selectRows(all.length, selection)) yield all[place]!;
}
