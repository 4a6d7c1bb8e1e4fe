// Global batches of data that is never held whole: windows of rows are tokenised ahead, shuffled
// each within itself and packed, and batches are cut from window after window. Memory is that of
// two windows. The position (the next sample or pack, and where its window begins in the files) can
// be saved and restored exactly.
import { createHash } from 'node:crypto';
import type { Rectangle } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import type { GlobalBatch, LoaderCapacity } from './batch-loader.js';
import { checkSizes } from './check-sizes.js';
import type { PackingStrategy } from './pack-samples.js';
import type { Sample } from '../samples/sample.js';
import { defaultThreads } from '../samples/ordered-results.js';
import type { RowOptions } from '../samples/row-tokenizer.js';
import type { DataFile } from '../sources/data-source.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { fingerprintFiles } from './fingerprint-files.js';
import { readWindows, STREAM_START, type RowWindow, type StreamPlace } from './read-windows.js';
import { streamedBatch } from './streamed-batch.js';
import { windowItems, type WindowItems, type WindowItemsOptions } from './window-items.js';

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

/** The next sample or pack to deliver, and what must be unchanged for it to be the same. JSON. */
export interface StreamingState extends Position {
  readonly version: 1;
  readonly streaming: true;
  readonly settings: string;
}

interface Position {
  readonly epoch: number;
  /** Batches of the epoch before it. */
  readonly index: number;
  readonly window: number;
  /** Place in the window's order. */
  readonly item: number;
  /** Where the window begins. */
  readonly place: StreamPlace;
}

interface Current {
  readonly window: Pick<RowWindow, 'from' | 'last'>;
  readonly items: WindowItems;
}

const DEFAULT_WINDOW = 10_000;
/** Below this, threads cost more than they save. */
const SMALL_BYTES = 1 << 20;
/** More windows than an epoch has: each gets an order of its own. */
const WINDOWS_PER_EPOCH = 2 ** 20;
/** Raise when equal settings come to give other batches. */
const LAYOUT = 2;
/** Documents of a pack are bounded, since the programs are planned before the data is seen. */
const LEAST_TOKENS_A_DOCUMENT = 16;

export class StreamingLoader {
  readonly capacity: LoaderCapacity;
  /** Steps of the run: an epoch's are not known before it ends. */
  readonly batchesPerEpoch: number;
  readonly #tokenizer: Tokenizer;
  readonly #options: StreamingLoaderOptions;
  readonly #settings: string;
  readonly #itemOptions: WindowItemsOptions;
  #position: Position = start(0);
  #reading:
    { readonly windows: AsyncGenerator<RowWindow>; readonly stop: AbortController } | undefined;
  #ahead: Promise<Current> | undefined;
  #current: Current | undefined;

  /**
   * Errors: `bad-argument` without a limit on the tokens of a row or pack, or for sizes that do not
   * fit together.
   */
  constructor(tokenizer: Tokenizer, options: StreamingLoaderOptions) {
    const {
      rectangle,
      packedSequenceSize = 0,
      packingStrategy,
      overlong,
      globalBatchSize,
      rows,
      shuffle = true,
      seed = 42,
    } = options;
    const localBatchSize = rectangle?.rows ?? options.localBatchSize;
    checkSizes({
      globalBatchSize,
      localBatchSize,
      packedSequenceSize,
      worldSize: 1,
      rank: 0,
      seed,
      rectangle,
    });
    const longest =
      packedSequenceSize > 0 ? packedSequenceSize : (rectangle?.columns ?? rows.maxLength);
    if (longest === undefined)
      throw new AutomodelError(
        'bad-argument',
        'streaming needs a limit on the tokens of a row, since the longest is not known ahead',
        { hint: 'set dataset.seq_length, or packed_sequence.packed_sequence_size' },
      );
    this.#tokenizer = tokenizer;
    this.#options = options;
    this.batchesPerEpoch = options.steps;
    const mostMembers =
      packedSequenceSize > 0
        ? Math.max(1, Math.ceil(packedSequenceSize / LEAST_TOKENS_A_DOCUMENT))
        : 1;
    this.capacity =
      rectangle === undefined
        ? { token: localBatchSize * longest, document: localBatchSize * mostMembers }
        : { token: rectangle.rows * rectangle.columns, document: rectangle.rows };
    this.#itemOptions = {
      paths: options.files.map(({ path }) => path),
      rectangle,
      packedSequenceSize,
      packingStrategy,
      overlong,
      mostMembers,
      shuffle,
      seed,
    };
    this.#settings = settingsOf(options);
  }

  /**
   * The next global batch; only the last one of an epoch may be smaller. Errors: those of reading
   * and tokenising rows; `bad-data` for files without rows.
   */
  async next(): Promise<GlobalBatch> {
    const { globalBatchSize, localBatchSize, rectangle } = this.#options;
    const { epoch, index } = this.#position;
    const chosen: (readonly Sample[])[] = [];
    let current = await this.#reached();
    let ended = false;
    while (chosen.length < globalBatchSize && !ended) {
      const { item } = this.#position;
      const taken = Math.min(globalBatchSize - chosen.length, current.items.count - item);
      for (let i = 0; i < taken; i++) chosen.push(current.items.item(item + i));
      this.#position = { ...this.#position, item: item + taken };
      current = await this.#reached();
      ended = this.#position.item >= current.items.count;
    }
    if (chosen.length === 0)
      throw new AutomodelError(
        'bad-data',
        'nothing to train on: the files hold no rows that are short enough',
        { location: this.#itemOptions.paths.join(', ') },
      );
    if (this.#ahead === undefined) this.#prepare();
    this.#position = ended ? start(epoch + 1) : { ...this.#position, index: index + 1 };
    if (ended) this.#current = undefined;
    return streamedBatch(chosen, {
      epoch,
      index,
      lastOfEpoch: ended,
      localBatchSize,
      rectangle,
      capacity: this.capacity,
    });
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
    if (state.settings !== this.#settings)
      throw new AutomodelError(
        'conflict',
        'the run cannot be resumed here: files, seed, window, sizes or how rows become samples ' +
          'have changed',
        { hint: 'resume with the same data and settings, or start a new run from the weights' },
      );
    const { epoch, window, item, index, place } = state;
    this.#position = { epoch, window, item, index, place };
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

  /** The window of the next item, or the last one of the epoch where none is left in it. */
  async #reached(): Promise<Current> {
    this.#current ??= await this.#taken();
    while (this.#position.item >= this.#current.items.count && !this.#current.window.last) {
      if (this.#ahead === undefined) this.#prepare();
      this.#current = await this.#taken();
      this.#position = {
        ...this.#position,
        window: this.#position.window + 1,
        item: 0,
        place: this.#current.window.from,
      };
    }
    return this.#current;
  }

  /** What is read ahead, or, at the beginning, the window at the position. */
  async #taken(): Promise<Current> {
    const { epoch, window, place } = this.#position;
    const ready = await (this.#ahead ?? this.#read(epoch, window, place));
    this.#ahead = undefined;
    return ready;
  }

  /** Begins to read the window after the current one. */
  #prepare(): void {
    const { epoch, window } = this.#position;
    this.#ahead =
      this.#current?.window.last === true
        ? this.#read(epoch + 1, 0, STREAM_START)
        : this.#read(epoch, window + 1, undefined);
    this.#ahead.catch(() => undefined);
  }

  /** `place`: where to begin reading; undefined: where the last window ended. */
  async #read(epoch: number, number: number, place: StreamPlace | undefined): Promise<Current> {
    const {
      files,
      rows,
      threads = this.#defaultThreads(),
      windowRows = DEFAULT_WINDOW,
    } = this.#options;
    if (place !== undefined || this.#reading === undefined) {
      await this.#reading?.windows.return(undefined);
      const stop = new AbortController();
      this.#reading = {
        stop,
        windows: readWindows(
          this.#tokenizer,
          files,
          rows,
          { rows: windowRows, threads, signal: stop.signal },
          place ?? STREAM_START,
        ),
      };
    }
    const { value: window, done } = await this.#reading.windows.next();
    if (done === true)
      return { window: { from: STREAM_START, last: true }, items: { count: 0, item: () => [] } };
    return {
      window: { from: window.from, last: window.last },
      items: windowItems(window, epoch * WINDOWS_PER_EPOCH + number, this.#itemOptions),
    };
  }

  #defaultThreads(): number {
    const bytes = this.#options.files.reduce((sum, file) => sum + file.bytes, 0);
    return bytes < SMALL_BYTES || this.#tokenizer.hasOwnClock
      ? 0
      : Math.max(1, defaultThreads() - 1);
  }
}

const start = (epoch: number): Position => ({
  epoch,
  index: 0,
  window: 0,
  item: 0,
  place: STREAM_START,
});

function settingsOf({
  files,
  rows,
  globalBatchSize,
  packedSequenceSize = 0,
  packingStrategy = 'thd',
  windowRows = DEFAULT_WINDOW,
  shuffle = true,
  seed = 42,
}: StreamingLoaderOptions): string {
  const options = Object.entries(rows)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = [
    LAYOUT,
    files.map(({ bytes, format, compression }) => [bytes, format, compression]),
    options,
    globalBatchSize,
    packedSequenceSize,
    packingStrategy,
    windowRows,
    shuffle,
    seed,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
