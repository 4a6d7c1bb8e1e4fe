// Loads data files as samples: chooses rows, tokenises them (in threads where there are many), and
// accounts for all of them. A row is a sample or several, or it is counted and named in the report,
// or it is an error. What was tokenised once is read from the cache.
import { AutomodelError } from '@automodel/core';
import { DatasetCache, type CacheOptions } from './dataset-cache.js';
import { cacheKey } from './cache-key.js';
import { defaultThreads, orderedResults, type Tokenized } from './ordered-results.js';
import { chosenRows, planTasks, type PlannedTask } from './plan-tasks.js';
import { DatasetBuilder } from './dataset-builder.js';
import type { RowOptions } from './row-tokenizer.js';
import { WrongRows, type OnWrongRow } from './wrong-rows.js';
import type { RowSelection } from './row-selection.js';
import type { DataFile } from '../sources/data-source.js';
import { openDataFiles } from '../sources/open-data-files.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import type { DatasetReport } from './dataset-report.js';
import type { SampleSet } from './sample-set.js';

export interface DatasetProgress {
  readonly file: string;
  readonly rows: number;
  readonly bytesRead: number;
  readonly totalBytes: number;
}

export interface DatasetOptions extends RowOptions {
  /** Which rows; default: all. */
  readonly selection?: RowSelection | undefined;
  /**
   * Threads that tokenise; 0: none but this one. Default: one for each core, at most 8, and none
   * for small data.
   */
  readonly threads?: number | undefined;
  /** Where tokenised data is kept. Default: nowhere. */
  readonly cache?: CacheOptions | undefined;
  /**
   * What a wrong row does. `collect`: all rows are read, and a `WrongRowsError` has the first of
   * each kind. Default `throw`: the first one is thrown.
   */
  readonly onWrongRow?: OnWrongRow | undefined;
  readonly onProgress?: ((progress: DatasetProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Dataset {
  readonly samples: SampleSet;
  readonly report: DatasetReport;
  /** The data sets of a mixture. */
  readonly members?: readonly Dataset[] | undefined;
}

/** Below this, threads and cache cost more than they save. */
const SMALL_BYTES = 4 << 20;

/**
 * Loads the rows of `files` in order. Errors: `missing-file`, `bad-data` at file:row, `aborted`.
 */
export async function loadDataset(
  tokenizer: Tokenizer,
  files: string | readonly (string | DataFile)[],
  options: DatasetOptions = {},
): Promise<Dataset> {
  const started = performance.now();
  const {
    selection = {},
    threads: asked,
    cache: kept,
    onWrongRow,
    onProgress,
    signal,
    ...rowOptions
  } = options;
  const { maxLength } = rowOptions;
  checkMaxLength(maxLength);
  const opened = await openAll(files);
  const totalBytes = opened.reduce((sum, { bytes }) => sum + bytes, 0);
  const cache =
    kept === undefined || totalBytes < (kept.minBytes ?? SMALL_BYTES)
      ? undefined
      : new DatasetCache(kept);
  const key =
    cache === undefined ? '' : await cacheKey(tokenizer, opened, rowOptions, selection, signal);
  const paths = opened.map(({ path }) => path);
  const cached = await cache?.open(key, paths);
  if (cached?.dataset !== undefined)
    return {
      ...cached.dataset,
      report: { ...cached.dataset.report, seconds: (performance.now() - started) / 1000 },
    };
  const chosen = await chosenRows(opened, selection);
  const builder = new DatasetBuilder(paths, await cache?.write(key), cached?.notes ?? []);
  const threads =
    asked ?? (totalBytes < SMALL_BYTES || tokenizer.hasOwnClock ? 0 : defaultThreads());
  const wrong = new WrongRows();
  try {
    const tasks = planTasks(opened, chosen?.slice().sort());
    const how = { rows: rowOptions, onWrongRow, threads, signal };
    const results = orderedResults(tokenizer, tasks, how);
    await appendAll(builder, wrong, results, paths, { totalBytes, onProgress });
    if (signal?.aborted === true)
      throw new AutomodelError('aborted', 'loading the data was stopped', { cause: signal.reason });
    wrong.throwIfAny();
    if (builder.samples === 0) throw nothingToTrain(builder, paths, maxLength);
    return await builder.finish(chosen, started);
  } catch (error) {
    await builder.discard();
    throw error;
  }
}

/** With a wrong row there will be no data set, so what follows is not kept. */
async function appendAll(
  builder: DatasetBuilder,
  wrong: WrongRows,
  results: AsyncIterable<Tokenized<PlannedTask>>,
  paths: readonly string[],
  {
    totalBytes,
    onProgress,
  }: Pick<DatasetProgress, 'totalBytes'> & Pick<DatasetOptions, 'onProgress'>,
): Promise<void> {
  let [bytesRead, rows] = [0, 0];
  const tell = (file = ''): void => onProgress?.({ file, rows, bytesRead, totalBytes });
  for await (const { result, file, firstOrdinal, bytes } of results) {
    rows += result.rowCount;
    wrong.join(result.wrong ?? []);
    if (wrong.isEmpty) await builder.append(result, file, firstOrdinal);
    bytesRead = Math.min(totalBytes, bytesRead + bytes);
    tell(paths[file]);
  }
  bytesRead = totalBytes;
  tell(paths.at(-1));
}

function checkMaxLength(maxLength: number | undefined): void {
  if (maxLength !== undefined && !(Number.isInteger(maxLength) && maxLength >= 2))
    throw new AutomodelError(
      'bad-argument',
      `maxLength must be a whole number of at least 2, not ${maxLength}`,
    );
}

/** The error where no row is left. */
function nothingToTrain(
  { rows }: Pick<DatasetBuilder, 'rows'>,
  paths: readonly string[],
  maxLength: number | undefined,
): AutomodelError {
  const lost =
    maxLength === undefined ? 'have no tokens to train' : `are longer than ${maxLength} tokens`;
  const reason = rows === 0 ? 'no rows' : `all ${rows} rows ${lost}`;
  return new AutomodelError('bad-data', `nothing to train on: ${reason}`, {
    location: paths.join(', '),
  });
}

async function openAll(
  files: string | readonly (string | DataFile)[],
): Promise<readonly DataFile[]> {
  const written = typeof files === 'string' ? [files] : files;
  return (
    await Promise.all(
      written.map(async (file) => (typeof file === 'string' ? openDataFiles(file) : [file])),
    )
  ).flat();
}
