// Loads data files as samples: chooses rows, tokenises them (in threads where there are many), and
// accounts for all of them. A row is a sample or several, or it is counted and named in the report,
// or it is an error. What was tokenised once is read from the cache.
import { AutomodelError } from '@automodel/core';
import { DatasetCache, type CacheOptions } from './dataset-cache.js';
import { cacheKey } from './cache-key.js';
import { defaultThreads, orderedResults } from './ordered-results.js';
import { chosenRows, planTasks } from './plan-tasks.js';
import { PreparedSamples } from './prepared-samples.js';
import type { RowOptions } from './row-tokenizer.js';
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
  readonly onProgress?: ((progress: DatasetProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Dataset {
  readonly samples: SampleSet;
  readonly report: DatasetReport;
  /** Of a mixture: its data sets. */
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
  const { maxLength, selection = {}, signal } = options;
  checkMaxLength(maxLength);
  const opened = await openAll(files);
  const totalBytes = opened.reduce((sum, { bytes }) => sum + bytes, 0);
  const rowOptions = rowOptionsOf(options);
  const cache =
    options.cache === undefined || totalBytes < (options.cache.leastBytes ?? SMALL_BYTES)
      ? undefined
      : new DatasetCache(options.cache);
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
  const prepared = new PreparedSamples(paths, await cache?.write(key), cached?.notes ?? []);
  const threads =
    options.threads ?? (totalBytes < SMALL_BYTES || tokenizer.hasOwnClock ? 0 : defaultThreads());
  let bytesRead = 0;
  try {
    const tasks = planTasks(opened, chosen?.slice().sort());
    for await (const { result, file, firstOrdinal, bytes } of orderedResults(
      tokenizer,
      rowOptions,
      tasks,
      threads,
      signal,
    )) {
      await prepared.append(result, file, firstOrdinal);
      bytesRead = Math.min(totalBytes, bytesRead + bytes);
      options.onProgress?.({ file: paths[file]!, rows: prepared.rows, bytesRead, totalBytes });
    }
    options.onProgress?.({
      file: paths.at(-1)!,
      rows: prepared.rows,
      bytesRead: totalBytes,
      totalBytes,
    });
    if (signal?.aborted === true)
      throw new AutomodelError('aborted', 'loading the data was stopped', { cause: signal.reason });
    if (prepared.samples === 0) throw nothingToTrain(prepared, paths, maxLength);
    return await prepared.finish(chosen, started);
  } catch (error) {
    await prepared.discard();
    throw error;
  }
}

function checkMaxLength(maxLength: number | undefined): void {
  if (maxLength !== undefined && !(Number.isInteger(maxLength) && maxLength >= 2))
    throw new AutomodelError(
      'bad-argument',
      `maxLength must be a whole number of at least 2, not ${maxLength}`,
    );
}

/** The error of rows of which none is left. */
function nothingToTrain(
  { rows }: Pick<PreparedSamples, 'rows'>,
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

/** Only what decides samples. */
function rowOptionsOf(options: DatasetOptions): RowOptions {
  const {
    selection: _selection,
    threads: _threads,
    cache: _cache,
    onProgress: _onProgress,
    signal: _signal,
    ...rows
  } = options;
  return rows;
}
