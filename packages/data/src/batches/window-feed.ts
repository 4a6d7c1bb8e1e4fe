// The windows of a stream, one read ahead while the one before it is trained on. Memory is that of
// two windows.
import { defaultThreads } from '../samples/ordered-results.js';
import type { RowOptions } from '../samples/row-tokenizer.js';
import type { DataFile } from '../sources/data-source.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { readWindows, STREAM_START, type RowWindow, type StreamPlace } from './read-windows.js';
import { windowItems, type WindowItems, type WindowItemsOptions } from './window-items.js';

/** Which window: its number in an epoch, and where it begins. */
export interface WindowPlace {
  readonly epoch: number;
  readonly window: number;
  /** Undefined: where the window that was read last ended. */
  readonly place: StreamPlace | undefined;
}

/** A window as items, where it began, and whether no row follows it. */
export interface ItemWindow extends Pick<RowWindow, 'from' | 'last'> {
  readonly items: WindowItems;
}

export interface WindowFeedOptions {
  readonly files: readonly DataFile[];
  readonly rows: RowOptions;
  /** Rows of a window. */
  readonly windowRows: number;
  /** Default: one less than cores, at least 1, and none for small data; 0: this thread. */
  readonly threads: number | undefined;
  readonly items: WindowItemsOptions;
}

/** Windows that are being read, and what ends their threads. */
interface Reading {
  readonly windows: AsyncGenerator<RowWindow>;
  readonly stop: AbortController;
}

/** Below this, threads cost more than they save. */
const SMALL_BYTES = 1 << 20;
/** More windows than an epoch has: each gets an order of its own. */
const WINDOWS_PER_EPOCH = 2 ** 20;

export class WindowFeed {
  readonly #tokenizer: Tokenizer;
  readonly #options: WindowFeedOptions;
  #reading: Reading | undefined;
  #ahead: Promise<ItemWindow> | undefined;

  constructor(tokenizer: Tokenizer, options: WindowFeedOptions) {
    this.#tokenizer = tokenizer;
    this.#options = options;
  }

  /** Begins to read a window, unless one is read ahead already. */
  prepare(window: WindowPlace): void {
    if (this.#ahead !== undefined) return;
    this.#ahead = this.#read(window);
    this.#ahead.catch(() => undefined);
  }

  /** The window that is read ahead, or, at the beginning, `window`. */
  async take(window: WindowPlace): Promise<ItemWindow> {
    const ready = await (this.#ahead ?? this.#read(window));
    this.#ahead = undefined;
    return ready;
  }

  /** Forgets what was read; the next window is read from its place. */
  drop(): void {
    this.#reading?.stop.abort();
    this.#ahead?.catch(() => undefined);
    [this.#reading, this.#ahead] = [undefined, undefined];
  }

  /** Ends reading and its threads. */
  async close(): Promise<void> {
    const { windows } = this.#reading ?? {};
    this.drop();
    await windows?.return(undefined).catch(() => undefined);
  }

  async #read({ epoch, window: number, place }: WindowPlace): Promise<ItemWindow> {
    if (place !== undefined || this.#reading === undefined)
      this.#reading = await this.#readingFrom(place ?? STREAM_START);
    const { value: window, done } = await this.#reading.windows.next();
    if (done === true)
      return { from: STREAM_START, last: true, items: { count: 0, item: () => [] } };
    const order = epoch * WINDOWS_PER_EPOCH + number;
    return {
      from: window.from,
      last: window.last,
      items: windowItems(window, order, this.#options.items),
    };
  }

  async #readingFrom(place: StreamPlace): Promise<Reading> {
    await this.#reading?.windows.return(undefined);
    const { files, rows, windowRows, threads = this.#defaultThreads() } = this.#options;
    const stop = new AbortController();
    const options = { rows: windowRows, threads, signal: stop.signal };
    return { stop, windows: readWindows(this.#tokenizer, files, rows, options, place) };
  }

  #defaultThreads(): number {
    const bytes = this.#options.files.reduce((sum, file) => sum + file.bytes, 0);
    return bytes < SMALL_BYTES || this.#tokenizer.hasOwnClock
      ? 0
      : Math.max(1, defaultThreads() - 1);
  }
}
