// Makes a data set of samples as they arrive: gathers them in memory and in the cache. What was
// written to the cache is read from there.
import { AutomodelError } from '@automodel/core';
import { summariseLengths, type DatasetReport, type RowList } from './dataset-report.js';
import type { Dataset } from './load-dataset.js';
import type { CacheWriter } from './cache-writer.js';
import { ColumnsInMemory } from './column-readers.js';
import { StoredSamples } from './stored-samples.js';
import { IndexBuilder } from './sample-index.js';
import type { SampleArrays } from './sample-arrays.js';
import { eachTally, NAMED_ROWS, TALLIES, type RowTally, type TallyName } from './row-tallies.js';

/** Held in memory beside the cache, so that a full disk does not end the run. */
const MAX_BYTES_HELD = 512 << 20;

export class DatasetBuilder {
  /** Rows and samples so far. */
  rows = 0;
  samples = 0;
  readonly #paths: readonly string[];
  readonly #notes: string[];
  readonly #index: IndexBuilder;
  readonly #lists: Record<TallyName, RowList> = eachTally(() => NO_ROWS);
  #memory: ColumnsInMemory | undefined = new ColumnsInMemory();
  #writer: CacheWriter | undefined;
  #tokens = 0;
  #bytes = 0;

  constructor(paths: readonly string[], writer: CacheWriter | undefined, notes: readonly string[]) {
    this.#paths = paths;
    this.#index = new IndexBuilder(paths);
    this.#writer = writer;
    this.#notes = [...notes];
  }

  /** Errors: `io` when the disk is full and memory does not hold all. */
  async append(samples: SampleArrays, file: number, firstOrdinal: number): Promise<void> {
    this.rows += samples.rowCount;
    this.samples += samples.rows.length;
    this.#tokens += samples.tokens.values.length;
    this.#index.append(samples, file, firstOrdinal);
    for (const name of TALLIES)
      this.#lists[name] = joined(this.#lists[name], samples[name], this.#paths[file]!);
    const columns = [samples.tokens, ...samples.columns];
    this.#bytes += columns.reduce((sum, { values }) => sum + values.byteLength, 0);
    if (this.#writer !== undefined) {
      await this.#tried(() => this.#writer!.append(columns));
      if (this.#bytes > MAX_BYTES_HELD && this.#writer !== undefined) this.#memory = undefined;
    }
    for (const column of columns) this.#memory?.append(column);
  }

  /** `started`: when loading began. */
  async finish(order: Int32Array | undefined, started: number): Promise<Dataset> {
    const { index, fingerprint } = this.#index.finish(order);
    const lengths = summariseLengths(index.tokens.counts);
    const report = (): DatasetReport => ({
      rows: this.rows,
      samples: this.samples,
      tokens: this.#tokens,
      trainedTokens: index.trained.reduce((sum, value) => sum + value, 0),
      longest: lengths.longest,
      lengths,
      ...this.#lists,
      seconds: (performance.now() - started) / 1000,
      fromCache: false,
      notes: this.#notes,
    });
    const written =
      this.#writer === undefined
        ? undefined
        : await this.#tried(() => this.#writer!.finish(index, fingerprint, report(), this.#paths));
    const readers = written ?? this.#memory?.readers(index);
    if (readers === undefined)
      throw new AutomodelError('internal', 'the samples are neither in memory nor in the cache');
    return {
      samples: new StoredSamples(index, readers, this.#paths, fingerprint),
      report: report(),
    };
  }

  /** Takes back what was written. */
  async discard(): Promise<void> {
    await this.#writer?.discard();
  }

  /** Goes on in memory when the cache cannot be written. */
  async #tried<T>(write: () => Promise<T>): Promise<T | undefined> {
    try {
      return await write();
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const location = this.#writer?.path;
      await this.#writer?.discard();
      this.#writer = undefined;
      if (this.#memory === undefined)
        throw new AutomodelError('io', `the cache of tokenised data cannot be written: ${reason}`, {
          location,
          hint:
            'free some space, choose another place with AUTOMODEL_CACHE, or switch it off with ' +
            'dataset.cache: false',
          cause,
        });
      this.#notes.push(
        `the cache of tokenised data cannot be written (${reason}); this run goes on without it`,
      );
      return undefined;
    }
  }
}

const NO_ROWS: RowList = { count: 0, tokens: 0, first: [] };

function joined(list: RowList, tally: RowTally, file: string): RowList {
  if (tally.count === 0) return list;
  return {
    count: list.count + tally.count,
    tokens: list.tokens + tally.tokens,
    first: [...list.first, ...tally.first.map((row) => ({ file, row }))].slice(0, NAMED_ROWS),
  };
}
