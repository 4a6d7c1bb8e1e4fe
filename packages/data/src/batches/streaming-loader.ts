// Global batches of data that is never in memory as a whole: windows of rows are tokenised ahead,
// each is shuffled and packed by itself, and batches are cut from one window after the other. The
// position (the next sample or pack, and where its window begins in the files) can be saved and
// restored exactly.
import type { BatchColumn, Rectangle } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import type { RowOptions } from '../samples/row-tokenizer.js';
import type { SampleSet } from '../samples/sample-set.js';
import type { Sample } from '../samples/sample.js';
import type { DataFile } from '../sources/data-source.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { checkModelColumns } from './check-model-columns.js';
import { checkSizes } from './check-sizes.js';
import { entryLimits } from './entry-limits.js';
import { fingerprintFiles } from './fingerprint-files.js';
import type { GlobalBatch } from './global-batch.js';
import type { LoaderCapacity } from './loader-capacity.js';
import type { PackingStrategy } from './pack-samples.js';
import { STREAM_START } from './read-windows.js';
import { capacityOf } from './rectangle.js';
import { streamedBatch } from './streamed-batch.js';
import {
  checkSettings,
  DEFAULT_WINDOW_ROWS,
  epochStart,
  streamSettings,
  type StreamingState,
  type StreamPosition,
} from './streaming-state.js';
import { WindowFeed, type ItemWindow } from './window-feed.js';

export interface StreamingLoaderOptions {
  readonly files: readonly DataFile[];
  readonly rows: RowOptions;
  readonly globalBatchSize: number;
  readonly localBatchSize: number;
  /**
   * Processes that share the data: each reads all rows and builds its own micro-batches. Default 1.
   */
  readonly worldSize?: number | undefined;
  /** Which of them this is. Default 0. */
  readonly rank?: number | undefined;
  readonly rectangle?: Rectangle | undefined;
  readonly packedSequenceSize?: number | undefined;
  readonly packingStrategy?: PackingStrategy | undefined;
  readonly overlong?: 'error' | 'drop' | undefined;
  /** What the model reads. Default: columns of tokens and documents. */
  readonly columns?: readonly BatchColumn[] | undefined;
  /**
   * Samples of the first rows, where the model counts further axes: no row may have more entries
   * per token than the densest of these.
   */
  readonly first?: SampleSet | undefined;
  /** Rows of a window: what is shuffled together (`shuffle_buffer_size`). Default 10000. */
  readonly windowRows?: number | undefined;
  /** Default true. */
  readonly shuffle?: boolean | undefined;
  /** Default 42. */
  readonly seed?: number | undefined;
  /** Steps of the whole run: a stream has no other end. */
  readonly steps: number;
  /** Default: one less than cores, at least 1, and none for small data; 0: this thread. */
  readonly threads?: number | undefined;
}

/** The documents of a pack are limited, because programs are planned before the data is read. */
const MIN_TOKENS_PER_DOCUMENT = 16;

export class StreamingLoader {
  readonly capacity: LoaderCapacity;
  /** Steps of the run, because those of an epoch are not known before it ends. */
  readonly batchesPerEpoch: number;
  readonly #options: StreamingLoaderOptions;
  readonly #settings: string;
  readonly #feed: WindowFeed;
  #position: StreamPosition = epochStart(0);
  #current: ItemWindow | undefined;

  /**
   * Errors: `bad-argument` without a limit on the tokens of a row or pack, or for sizes that do not
   * fit together.
   */
  constructor(tokenizer: Tokenizer, options: StreamingLoaderOptions) {
    const { rectangle, packedSequenceSize = 0, globalBatchSize, columns = [], first } = options;
    const { shuffle = true, seed = 42, windowRows = DEFAULT_WINDOW_ROWS } = options;
    const { worldSize = 1, rank = 0 } = options;
    const localBatchSize = rectangle?.rows ?? options.localBatchSize;
    checkSizes({
      globalBatchSize,
      localBatchSize,
      packedSequenceSize,
      worldSize,
      rank,
      seed,
      rectangle,
    });
    if (first !== undefined) checkModelColumns(first.columns, columns);
    const tokens = longestItem(options);
    const further = entryLimits(columns, first, tokens);
    const documents =
      packedSequenceSize > 0 ? Math.ceil(packedSequenceSize / MIN_TOKENS_PER_DOCUMENT) : 1;
    const limits = { document: documents, ...further };
    this.#options = options;
    this.batchesPerEpoch = options.steps;
    this.capacity = {
      ...multiplied({ token: tokens, ...limits }, localBatchSize),
      ...(rectangle === undefined ? {} : capacityOf(rectangle)),
    };
    this.#settings = streamSettings(options, further);
    this.#feed = new WindowFeed(tokenizer, {
      ...{ files: options.files, rows: options.rows, threads: options.threads, windowRows },
      items: {
        paths: options.files.map(({ path }) => path),
        rectangle,
        packedSequenceSize,
        packingStrategy: options.packingStrategy,
        overlong: options.overlong,
        limits,
        shuffle,
        seed,
      },
    });
  }

  /**
   * The next global batch; only the last one of an epoch may be smaller. Errors: those of reading
   * and tokenising rows; `bad-data` for files without rows, and for a batch that trains nothing.
   */
  async next(): Promise<GlobalBatch> {
    const { globalBatchSize, localBatchSize, rectangle, files } = this.#options;
    const { worldSize = 1, rank = 0 } = this.#options;
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
        { location: files.map(({ path }) => path).join(', ') },
      );
    this.#prepare();
    this.#position = ended ? epochStart(epoch + 1) : { ...this.#position, index: index + 1 };
    if (ended) this.#current = undefined;
    return streamedBatch(chosen, {
      epoch,
      index,
      lastOfEpoch: ended,
      localBatchSize,
      worldSize,
      rank,
      rectangle,
      capacity: this.capacity,
    });
  }

  /** Fingerprint of the files, from their sizes and parts of their contents. Errors: `io`. */
  fingerprint(): Promise<string> {
    return fingerprintFiles(this.#options.files);
  }

  /** The position, to be saved with a checkpoint. */
  state(): StreamingState {
    return { version: 1, streaming: true, ...this.#position, settings: this.#settings };
  }

  /** Continues at a saved position. Errors: `conflict` when data or settings have changed. */
  restore(state: StreamingState): void {
    checkSettings(state, this.#settings);
    const { epoch, window, item, index, place } = state;
    this.#position = { epoch, window, item, index, place };
    this.#current = undefined;
    this.#feed.drop();
  }

  /** Ends reading and its threads. */
  async close(): Promise<void> {
    this.#current = undefined;
    await this.#feed.close();
  }

  /** The window of the next item, or the last one of the epoch where none is left in it. */
  async #reached(): Promise<ItemWindow> {
    this.#current ??= await this.#feed.take(this.#position);
    while (this.#position.item >= this.#current.items.count && !this.#current.last) {
      this.#prepare();
      this.#current = await this.#feed.take(this.#position);
      this.#position = {
        ...this.#position,
        window: this.#position.window + 1,
        item: 0,
        place: this.#current.from,
      };
    }
    return this.#current;
  }

  /** Begins to read the window after the current one. */
  #prepare(): void {
    const { epoch, window } = this.#position;
    this.#feed.prepare(
      this.#current?.last === true
        ? { epoch: epoch + 1, window: 0, place: STREAM_START }
        : { epoch, window: window + 1, place: undefined },
    );
  }
}

/** Maximum tokens of a sample, or with packing of a pack. Errors: `bad-argument` without one. */
function longestItem({ rectangle, packedSequenceSize = 0, rows }: StreamingLoaderOptions): number {
  const longest =
    packedSequenceSize > 0 ? packedSequenceSize : (rectangle?.columns ?? rows.maxLength);
  if (longest === undefined)
    throw new AutomodelError(
      'bad-argument',
      'streaming needs a limit on the tokens of a row, since the longest is not known ahead',
      { hint: 'set dataset.seq_length, or packed_sequence.packed_sequence_size' },
    );
  return longest;
}

const multiplied = (
  { token, document, ...further }: LoaderCapacity,
  by: number,
): LoaderCapacity => ({
  token: token * by,
  document: document * by,
  ...Object.fromEntries(Object.entries(further).map(([axis, count]) => [axis, count * by])),
});
