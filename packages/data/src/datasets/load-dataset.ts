// Loads data files: reads, recognises and tokenises every row, and accounts for all of them. A row is a sample, or it is named in the report, or it is an error.
// The event loop gets its turn every few milliseconds; progress is a callback.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AutomodelError } from '@automodel/core';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import type { ExampleFormat } from '../examples/example.js';
import { parseExample } from '../examples/parse-example.js';
import { openDataFiles } from '../sources/open-data-files.js';
import { readRows } from '../sources/read-part.js';
import { locationOf, trainedTokensOf, type RowSource, type Sample } from './sample.js';
import { tokenizeExample, type TokenizeOptions } from './tokenize-example.js';

export interface DatasetProgress {
  readonly file: string;
  readonly rows: number;
  readonly bytesRead: number;
  readonly totalBytes: number;
}

export interface DatasetOptions extends TokenizeOptions, ExampleFormat {
  /** Longest sample in tokens. Default: no limit. */
  readonly maxLength?: number | undefined;
  /** What happens to longer rows: `error` (default), `truncate` (keep the first tokens) or `drop`; the last two are listed in the report. */
  readonly overlong?: 'error' | 'truncate' | 'drop' | undefined;
  readonly onProgress?: ((progress: DatasetProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What became of the rows. */
export interface DatasetReport {
  readonly rows: number;
  readonly samples: number;
  readonly tokens: number;
  readonly trainedTokens: number;
  readonly longest: number;
  readonly truncated: readonly RowSource[];
  readonly dropped: readonly RowSource[];
  /** Rows whose end (end-of-turn token, eos) is not trained: a model trained on them may not stop. Truncated rows count. */
  readonly withoutEndOfTurn: readonly RowSource[];
}

export interface Dataset {
  readonly samples: readonly Sample[];
  readonly report: DatasetReport;
}

const MILLISECONDS_PER_TURN = 10;

/** Loads the rows of `files` in order. Errors: `missing-file`, `bad-data` at file:row, `aborted`. */
export async function loadDataset(tokenizer: Tokenizer, files: string | readonly string[], options: DatasetOptions = {}): Promise<Dataset> {
  const paths = typeof files === 'string' ? [files] : files;
  if (options.maxLength !== undefined && !(Number.isInteger(options.maxLength) && options.maxLength >= 2)) {
    throw new AutomodelError('bad-argument', `maxLength must be a whole number of at least 2, not ${options.maxLength}`);
  }
  const opened = await openDataFiles(paths);
  const totalBytes = opened.reduce((sum, { bytes }) => sum + bytes, 0);
  const collector = new Collector(tokenizer, options);
  let bytesOfEarlierFiles = 0;
  let turn = performance.now();
  for (const dataFile of opened) {
    const file = dataFile.path;
    for await (const { value, source, bytesRead } of readRows(dataFile)) {
      collector.add(parseExample(value, source, options));
      if (performance.now() - turn < MILLISECONDS_PER_TURN) continue;
      options.onProgress?.({ file, rows: collector.rows, bytesRead: bytesOfEarlierFiles + bytesRead, totalBytes });
      await nextTurn();
      if (options.signal?.aborted === true) throw new AutomodelError('aborted', 'loading the data was stopped', { location: locationOf(source), cause: options.signal.reason });
      turn = performance.now();
    }
    bytesOfEarlierFiles += dataFile.bytes;
    options.onProgress?.({ file, rows: collector.rows, bytesRead: bytesOfEarlierFiles, totalBytes });
  }
  const dataset = collector.finish();
  if (dataset.samples.length > 0) return dataset;
  const reason = dataset.report.rows === 0 ? 'no rows' : `all ${dataset.report.rows} rows are longer than ${options.maxLength} tokens`;
  throw new AutomodelError('bad-data', `nothing to train on: ${reason}`, { location: paths.join(', ') });
}

class Collector {
  rows = 0;
  readonly #samples: Sample[] = [];
  readonly #truncated: RowSource[] = [];
  readonly #dropped: RowSource[] = [];
  readonly #withoutEndOfTurn: RowSource[] = [];
  readonly #tokenizer: Tokenizer;
  readonly #options: DatasetOptions;
  #tokens = 0;
  #trainedTokens = 0;
  #longest = 0;

  constructor(tokenizer: Tokenizer, options: DatasetOptions) {
    this.#tokenizer = tokenizer;
    this.#options = options;
  }

  add(example: Parameters<typeof tokenizeExample>[1]): void {
    this.rows++;
    const { sample: whole, endOfTurnTrained } = tokenizeExample(this.#tokenizer, example, this.#options);
    const sample = this.#fitted(whole);
    if (sample === undefined) return;
    const trained = trainedTokensOf(sample);
    if (trained === 0) {
      throw new AutomodelError('bad-data', `this row has no tokens to train${sample === whole ? '' : ` within its first ${sample.inputIds.length} tokens`}`, {
        location: locationOf(sample.source),
        hint: sample === whole ? 'remove the row, or check the columns and the chat template' : 'raise the longest length, or drop long rows instead of truncating them',
      });
    }
    if (!endOfTurnTrained || sample !== whole) this.#withoutEndOfTurn.push(sample.source);
    this.#samples.push(sample);
    this.#tokens += sample.inputIds.length;
    this.#trainedTokens += trained;
    this.#longest = Math.max(this.#longest, sample.inputIds.length);
  }

  finish(): Dataset {
    const report = {
      rows: this.rows,
      samples: this.#samples.length,
      tokens: this.#tokens,
      trainedTokens: this.#trainedTokens,
      longest: this.#longest,
      truncated: this.#truncated,
      dropped: this.#dropped,
      withoutEndOfTurn: this.#withoutEndOfTurn,
    };
    return { samples: this.#samples, report };
  }

  #fitted(sample: Sample): Sample | undefined {
    const { maxLength, overlong = 'error' } = this.#options;
    const length = sample.inputIds.length;
    if (maxLength === undefined || length <= maxLength) return sample;
    switch (overlong) {
      case 'drop':
        this.#dropped.push(sample.source);
        return undefined;
      case 'truncate':
        this.#truncated.push(sample.source);
        return { inputIds: sample.inputIds.slice(0, maxLength), labels: sample.labels.slice(0, maxLength), source: sample.source };
      case 'error':
        throw new AutomodelError('bad-data', `this row has ${length} tokens, more than the ${maxLength} allowed`, { location: locationOf(sample.source), hint: 'raise the longest length, or choose to truncate or drop long rows' });
    }
  }
}
