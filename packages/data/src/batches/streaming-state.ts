// The position of a stream as JSON, and what must be unchanged for it to mean the same.
import { createHash } from 'node:crypto';
import type { Capacity } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { STREAM_START, type StreamPlace } from './read-windows.js';
import type { StreamingLoaderOptions } from './streaming-loader.js';

/** The next sample or pack to deliver. */
export interface StreamPosition {
  readonly epoch: number;
  /** Batches of the epoch before it. */
  readonly index: number;
  readonly window: number;
  /** Place in the window's order. */
  readonly item: number;
  /** Where the window begins. */
  readonly place: StreamPlace;
}

/** The next sample or pack to deliver, and what must be unchanged for it to be the same. JSON. */
export interface StreamingState extends StreamPosition {
  readonly version: 1;
  readonly streaming: true;
  readonly settings: string;
}

export const DEFAULT_WINDOW_ROWS = 10_000;
/** Raise when equal settings come to give other batches. */
const LAYOUT = 2;

/** Where an epoch begins. */
export const epochStart = (epoch: number): StreamPosition => ({
  epoch,
  index: 0,
  window: 0,
  item: 0,
  place: STREAM_START,
});

/** A hash of everything that decides which batch a position means. */
export function streamSettings(
  {
    files,
    rows,
    globalBatchSize,
    packedSequenceSize = 0,
    packingStrategy = 'thd',
    windowRows = DEFAULT_WINDOW_ROWS,
    shuffle = true,
    seed = 42,
  }: StreamingLoaderOptions,
  limits: Capacity,
): string {
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
    ...Object.entries(limits),
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** Errors: `conflict` for a position under other settings. */
export function checkSettings(state: StreamingState, settings: string): void {
  if (state.settings !== settings)
    throw new AutomodelError(
      'conflict',
      'the run cannot be resumed here: files, seed, window, sizes or how rows become samples ' +
        'have changed',
      { hint: 'resume with the same data and settings, or start a new run from the weights' },
    );
}
