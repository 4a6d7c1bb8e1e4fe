// Global batches of data that is never held whole: windows of rows are tokenised ahead, shuffled each within itself, packed and cut into batches. Memory is that of two windows.
// The position (epoch, window, batch in it, and where the window begins in the files) can be saved and restored exactly. The last batch of a window may be smaller than the others.
import { createHash } from 'node:crypto';
import { AutomodelError } from '@automodel/core';
import { BatchLoader, type GlobalBatch } from '../batching/batch-loader.js';
import type { MicroBatchCapacity } from '../batching/micro-batch.js';
import type { PackingStrategy } from '../batching/pack-samples.js';
import type { Rectangle } from '../batching/rectangle.js';
import { defaultThreads } from '../preparation/ordered-results.js';
import { IndexBuilder, PackedSamples, TokensInMemory } from '../preparation/packed-samples.js';
import type { RowOptions } from '../preparation/row-tokenizer.js';
import type { DataFile } from '../sources/data-source.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { fingerprintFiles } from './fingerprint-files.js';
import { readWindows, STREAM_START, type RowWindow, type StreamPlace } from './read-windows.js';

export interface StreamingLoaderOptions {
  readonly files: readonly DataFile[];
  readonly rows: RowOptions;
  readonly globalBatchSize: number;
  readonly localBatchSize: number;
  readonly rectangle?: Rectangle | undefined;
  readonly packedSequenceSize?: number | undefined;
  readonly packingStrategy?: PackingStrategy | undefined;
  readonly overlong?: 'error' | 'drop' | undefined;
  /** Rows of a window: what is shuffled together (`shuffle_buffer_size`). Default 10000. */
  readonly windowRows?: number | undefined;
  /** Default true. */
  readonly shuffle?: boolean | undefined;
  /** Default 42. */
  readonly seed?: number | undefined;
  /** Steps of the whole run, which has no other end. */
  readonly steps: number;
  /** Default: one less than cores, at least 1, and none for small data; 0: this thread. */
  readonly threads?: number | undefined;
}

/** The next batch to deliver, and what must be unchanged for it to be the same batch. JSON. */
export interface StreamingState {
  readonly version: 1;
  readonly streaming: true;
  readonly epoch: number;
  readonly window: number;
  readonly index: number;
  readonly place: StreamPlace;
  readonly settings: string;
}

interface Current {
  readonly epoch: number;
  readonly number: number;
  readonly window: RowWindow;
  readonly loader: BatchLoader;
}

const DEFAULT_WINDOW = 10_000;
/** Below this, threads cost more than they save. */
const SMALL_BYTES = 1 << 20;
/** More windows than an epoch has: each gets an order of its own. */
const WINDOWS_PER_EPOCH = 2 ** 20;
/** Documents of a pack are bounded, since the programs are planned before the data is seen. */
const LEAST_TOKENS_A_DOCUMENT = 16;

export class StreamingLoader {
  readonly capacity: MicroBatchCapacity;
  /** Steps of the run: an epoch's are not known before it ends. */
  readonly batchesPerEpoch: number;
  readonly #tokenizer: Tokenizer;
  readonly #options: StreamingLoaderOptions;
  readonly #settings: string;
  readonly #members: number;
  #position: Omit<StreamingState, 'version' | 'streaming' | 'settings'> = { epoch: 0, window: 0, index: 0, place: STREAM_START };
  #reading: { readonly windows: AsyncGenerator<RowWindow>; readonly stop: AbortController } | undefined;
  #ahead: Promise<Current> | undefined;
  #current: Current | undefined;

  /** Errors: `bad-argument` without a limit on the tokens of a row or pack. */
  constructor(tokenizer: Tokenizer, options: StreamingLoaderOptions) {
    const { rectangle, packedSequenceSize = 0, localBatchSize, rows } = options;
    const longest = packedSequenceSize > 0 ? packedSequenceSize : (rectangle?.columns ?? rows.maxLength);
    if (longest === undefined) throw new AutomodelError('bad-argument', 'streaming needs a limit on the tokens of a row, since the longest is not known ahead', { hint: 'set dataset.seq_length, or packed_sequence.packed_sequence_size' });
    this.#tokenizer = tokenizer;
    this.#options = options;
    this.batchesPerEpoch = options.steps;
    this.#members = packedSequenceSize > 0 ? Math.max(1, Math.ceil(packedSequenceSize / LEAST_TOKENS_A_DOCUMENT)) : 1;
    this.capacity = rectangle === undefined ? { tokens: localBatchSize * longest, segments: localBatchSize * this.#members } : { tokens: rectangle.rows * rectangle.columns, segments: rectangle.rows };
    this.#settings = settingsOf(options);
  }

  /** The next global batch. Errors: those of reading and tokenising rows; `bad-data` for files without rows. */
  async next(): Promise<GlobalBatch> {
    this.#current ??= await this.#window();
    let { index } = this.#position;
    if (index >= this.#current.loader.batchesPerEpoch) [this.#current, index] = [await this.#window(), 0];
    const { epoch, number, window, loader } = this.#current;
    const batch = loader.batch(epoch * WINDOWS_PER_EPOCH + number, index);
    this.#position = { epoch, window: number, index: index + 1, place: window.from };
    if (this.#ahead === undefined) this.#prepare(this.#current);
    return { ...batch, epoch, lastOfEpoch: window.last && index + 1 === loader.batchesPerEpoch };
  }

  /** Of the files, by their sizes and samples of their contents. Errors: `io`. */
  fingerprint(): Promise<string> {
    return fingerprintFiles(this.#options.files);
  }

  /** The position, to be saved with a checkpoint. */
  state(): StreamingState {
    return { version: 1, streaming: true, ...this.#position, settings: this.#settings };
  }

  /** Continues at a saved position. Errors: `conflict` when data or settings have changed. */
  restore(state: StreamingState): void {
    if (state.settings !== this.#settings) throw new AutomodelError('conflict', 'the run cannot be resumed here: files, seed, window, sizes or how rows become samples have changed', { hint: 'resume with the same data and settings, or start a new run from the weights' });
    const { epoch, window, index, place } = state;
    this.#position = { epoch, window, index, place };
    this.#drop();
  }

  /** Ends reading and its threads. */
  async close(): Promise<void> {
    const { windows } = this.#reading ?? {};
    this.#drop();
    await windows?.return(undefined).catch(() => undefined);
  }

  #drop(): void {
    this.#reading?.stop.abort();
    this.#ahead?.catch(() => undefined);
    [this.#reading, this.#ahead, this.#current] = [undefined, undefined, undefined];
  }

  #prepare(after: Current): void {
    this.#ahead = this.#read(after.window.last ? { epoch: after.epoch + 1, number: 0, place: STREAM_START } : { epoch: after.epoch, number: after.number + 1, place: undefined });
    this.#ahead.catch(() => undefined);
  }

  async #window(): Promise<Current> {
    if (this.#ahead === undefined) {
      if (this.#current !== undefined) this.#prepare(this.#current);
      else this.#ahead = this.#read({ epoch: this.#position.epoch, number: this.#position.window, place: this.#position.place });
    }
    const ready = await this.#ahead!;
    this.#ahead = undefined;
    return ready;
  }

  /** The next window that has samples. `place`: where to begin reading; undefined: where the last window ended. */
  async #read({ epoch, number, place }: { readonly epoch: number; readonly number: number; readonly place: StreamPlace | undefined }): Promise<Current> {
    const { files, rows, threads = this.#defaultThreads(), windowRows = DEFAULT_WINDOW } = this.#options;
    if (place !== undefined || this.#reading === undefined) {
      await this.#reading?.windows.return(undefined);
      const stop = new AbortController();
      this.#reading = { stop, windows: readWindows(this.#tokenizer, files, rows, { rows: windowRows, threads, signal: stop.signal }, place ?? STREAM_START) };
    }
    for (let at = number; ; at++) {
      const { value: window, done } = await this.#reading.windows.next();
      if (done === true) throw new AutomodelError('bad-data', 'nothing to train on: the files hold no rows that are short enough', { location: files.map(({ path }) => path).join(', ') });
      if (window.samples > 0) return { epoch, number: at, window, loader: this.#loaderOf(window) };
      if (window.last && number > 0) return this.#read({ epoch: epoch + 1, number: 0, place: STREAM_START });
    }
  }

  #defaultThreads(): number {
    const bytes = this.#options.files.reduce((sum, file) => sum + file.bytes, 0);
    return bytes < SMALL_BYTES || this.#tokenizer.hasOwnClock ? 0 : Math.max(1, defaultThreads() - 1);
  }

  #loaderOf(window: RowWindow): BatchLoader {
    const { files, shuffle, seed, globalBatchSize, localBatchSize, rectangle, packedSequenceSize, packingStrategy, overlong } = this.#options;
    const [index, tokens] = [new IndexBuilder(), new TokensInMemory()];
    for (const { rows, file } of window.pieces) {
      index.append(rows, file, 0);
      tokens.append(rows.ids);
    }
    const built = index.finish(undefined);
    const samples = new PackedSamples(built.index, tokens, files.map(({ path }) => path), built.fingerprint);
    return new BatchLoader({ samples, globalBatchSize, localBatchSize, rectangle, packedSequenceSize, packingStrategy, overlong, maxPackMembers: this.#members, shuffle, seed, ...(rectangle === undefined ? { capacity: this.capacity } : {}) });
  }
}

function settingsOf({ files, rows, globalBatchSize, packedSequenceSize = 0, packingStrategy = 'thd', windowRows = DEFAULT_WINDOW, shuffle = true, seed = 42 }: StreamingLoaderOptions): string {
  const options = Object.entries(rows).filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = [files.map(({ bytes, format, compression }) => [bytes, format, compression]), options, globalBatchSize, packedSequenceSize, packingStrategy, windowRows, shuffle, seed];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
