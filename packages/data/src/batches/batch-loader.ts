// Delivers global batches: what one optimizer step trains on, over all micro-batches and ranks. The
// number of trained tokens is known before the first micro-batch;
// every rank gets equally many micro-batches, and the incomplete last group of an epoch is a step
// too. The position can be saved and restored exactly.
import type { Capacity, Rectangle } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { sampleSetOf, type SampleSet } from '../samples/sample-set.js';
import { locationOf, type RowSource } from '../sources/row-source.js';
import { type Sample } from '../samples/sample.js';
import { checkSizes } from './check-sizes.js';
import { buildMicroBatch, type MicroBatch } from './micro-batch.js';
import { packSamples, type Packing, type PackingStrategy } from './pack-samples.js';
import { permutation } from '../samples/permutation.js';
import { buildRectangle, checkRow } from './rectangle.js';

/** Tokens and documents of a micro-batch. */
export type LoaderCapacity = Capacity & { readonly token: number; readonly document: number };

export interface BatchLoaderOptions {
  readonly samples: SampleSet | readonly Sample[];
  /**
   * Samples (with packing: packs) of one optimizer step, over all ranks. A multiple of
   * localBatchSize x worldSize, except of rectangles.
   */
  readonly globalBatchSize: number;
  /** Samples (packs) of one micro-batch of one rank. A rectangle's rows take its place. */
  readonly localBatchSize: number;
  /** One sample a row of a batch of this shape, for recorded graphs; excludes packing. */
  readonly rectangle?: Rectangle | undefined;
  /** Tokens of a pack; 0 or absent: no packing. */
  readonly packedSequenceSize?: number | undefined;
  /** With packing, what happens to samples longer than a pack. Default `error`. */
  readonly overlong?: 'error' | 'drop' | undefined;
  /** How packs are filled. Default `thd`: in order. */
  readonly packingStrategy?: PackingStrategy | undefined;
  /** Most packs. Default: all. */
  readonly maxPacks?: number | undefined;
  /** Most samples of a pack. Default: as many as fit. */
  readonly maxPackMembers?: number | undefined;
  /** A new order each epoch. Default true. */
  readonly shuffle?: boolean | undefined;
  /** Default 42. */
  readonly seed?: number | undefined;
  readonly worldSize?: number | undefined;
  readonly rank?: number | undefined;
  /**
   * Tokens (T) and documents (S) of a micro-batch, where they must be larger than this data needs.
   */
  readonly capacity?: Partial<LoaderCapacity> | undefined;
}

/** What one optimizer step trains on. `microBatch(i)` builds this rank's i-th micro-batch. */
export interface GlobalBatch {
  readonly epoch: number;
  /** Within the epoch, from 0. */
  readonly index: number;
  readonly lastOfEpoch: boolean;
  /** Trained tokens (targets) over all ranks and micro-batches. Never 0. */
  readonly trainedTokens: number;
  /** All tokens over all ranks and micro-batches. */
  readonly tokens: number;
  /** Rows of all ranks. */
  readonly sources: readonly RowSource[];
  /** Micro-batches of each rank. */
  readonly microBatches: number;
  microBatch(index: number): MicroBatch;
}

/** The next batch to deliver, and what must be unchanged for it to be the same batch. JSON. */
export interface BatchLoaderState {
  readonly version: 1;
  readonly epoch: number;
  readonly index: number;
  readonly seed: number;
  readonly shuffle: boolean;
  readonly globalBatchSize: number;
  readonly packedSequenceSize: number;
  /** Absent: `thd`. */
  readonly packingStrategy?: PackingStrategy | undefined;
  readonly fingerprint: string;
}

interface Settings {
  readonly globalBatchSize: number;
  readonly localBatchSize: number;
  readonly packedSequenceSize: number;
  readonly packingStrategy: PackingStrategy;
  readonly maxPacks: number | undefined;
  readonly shuffle: boolean;
  readonly seed: number;
  readonly worldSize: number;
  readonly rank: number;
  readonly rectangle: Rectangle | undefined;
}

/** Cuts a data set into global batches. */
export class BatchLoader {
  readonly capacity: LoaderCapacity;
  readonly batchesPerEpoch: number;
  /** Samples, or packs. */
  readonly items: number;
  /** Samples longer than a pack. */
  readonly dropped: readonly RowSource[];
  /** Share of the packs' places that hold tokens; undefined without packing. */
  readonly packingEfficiency: number | undefined;
  readonly #samples: SampleSet;
  readonly #packs: Packing | undefined;
  readonly #options: Settings;
  #epoch = 0;
  #index = 0;
  #order: { readonly epoch: number; readonly items: Int32Array } | undefined;

  /**
   * Errors: `bad-argument` for sizes that do not fit together, `bad-data` for no samples or one
   * longer than a pack.
   */
  constructor(options: BatchLoaderOptions) {
    const {
      globalBatchSize,
      packedSequenceSize = 0,
      packingStrategy = 'thd',
      maxPacks,
      shuffle = true,
      seed = 42,
      worldSize = 1,
      rank = 0,
      rectangle,
    } = options;
    const samples = sampleSetOf(options.samples);
    const localBatchSize = rectangle?.rows ?? options.localBatchSize;
    this.#options = {
      globalBatchSize,
      localBatchSize,
      packedSequenceSize,
      packingStrategy,
      maxPacks,
      shuffle,
      seed,
      worldSize,
      rank,
      rectangle,
    };
    checkSizes(this.#options);
    this.#samples = samples;
    this.#packs =
      packedSequenceSize > 0
        ? packSamples(samples, packedSequenceSize, {
            overlong: options.overlong,
            strategy: packingStrategy,
            maxPacks,
            maxMembers: options.maxPackMembers,
          })
        : undefined;
    this.items = this.#packs?.count ?? samples.length;
    this.dropped = (this.#packs?.dropped ?? []).map((i) => samples.sample(i).source);
    this.packingEfficiency =
      this.#packs === undefined
        ? undefined
        : this.#packs.tokens / (this.#packs.count * packedSequenceSize);
    if (this.items === 0)
      throw new AutomodelError(
        'bad-data',
        samples.length === 0
          ? 'there are no samples'
          : `all ${samples.length} samples are longer than a pack of ${packedSequenceSize} tokens`,
      );
    this.batchesPerEpoch = Math.ceil(this.items / globalBatchSize);
    if (rectangle !== undefined) checkLengths(samples, rectangle);
    this.capacity = this.#capacity(options.capacity ?? {});
  }

  /**
   * The next global batch; after the last one of an epoch comes the first of the next. Errors:
   * `bad-data` when it trains nothing.
   */
  next(): GlobalBatch {
    const batch = this.batch(this.#epoch, this.#index);
    this.#index++;
    if (this.#index === this.batchesPerEpoch) {
      this.#epoch++;
      this.#index = 0;
    }
    return batch;
  }

  /** All batches of an epoch, without moving the position: a validation run. */
  *batchesOf(epoch: number): Generator<GlobalBatch> {
    for (let index = 0; index < this.batchesPerEpoch; index++) yield this.batch(epoch, index);
  }

  /** Any batch, by epoch and index. */
  batch(epoch: number, index: number): GlobalBatch {
    if (!(index >= 0 && index < this.batchesPerEpoch))
      throw new AutomodelError(
        'bad-argument',
        `batch ${index} of an epoch of ${this.batchesPerEpoch} batches`,
      );
    const { globalBatchSize, localBatchSize, worldSize } = this.#options;
    const items = [
      ...this.#orderOf(epoch).subarray(index * globalBatchSize, (index + 1) * globalBatchSize),
    ];
    const numbers = items.flatMap((item) => this.#numbersOf(item));
    const { lengths, trained } = this.#samples;
    const sources = numbers.map((number) => this.#samples.sample(number).source);
    const trainedTokens = numbers.reduce((sum, number) => sum + trained[number]!, 0);
    if (trainedTokens === 0) {
      const rows =
        sources.slice(0, 8).map(locationOf).join(', ') +
        (sources.length > 8 ? `, and ${sources.length - 8} more` : '');
      throw new AutomodelError(
        'bad-data',
        `no token is trained in batch ${index} of epoch ${epoch}: ${rows}`,
      );
    }
    return {
      epoch,
      index,
      lastOfEpoch: index + 1 === this.batchesPerEpoch,
      trainedTokens,
      tokens: numbers.reduce((sum, number) => sum + lengths[number]!, 0),
      sources,
      microBatches: Math.ceil(items.length / (localBatchSize * worldSize)),
      microBatch: (i) => this.#microBatch(items, i),
    };
  }

  /** The position, to be saved with a checkpoint. */
  state(): BatchLoaderState {
    const { seed, shuffle, globalBatchSize, packedSequenceSize, packingStrategy, maxPacks } =
      this.#options;
    const packing = packingStrategy === 'thd' ? {} : { packingStrategy };
    const fingerprint =
      this.#samples.fingerprint.slice(0, 16) + (maxPacks === undefined ? '' : `-${maxPacks}`);
    return {
      version: 1,
      epoch: this.#epoch,
      index: this.#index,
      seed,
      shuffle,
      globalBatchSize,
      packedSequenceSize,
      ...packing,
      fingerprint,
    };
  }

  /** Continues at a saved position. Errors: `conflict` naming what has changed since. */
  restore(state: BatchLoaderState): void {
    const current = this.state();
    const keys = [
      'version',
      'seed',
      'shuffle',
      'globalBatchSize',
      'packedSequenceSize',
      'packingStrategy',
      'fingerprint',
    ] as const;
    for (const key of keys) {
      if (state[key] === current[key]) continue;
      const what = key === 'fingerprint' ? 'the data' : key;
      throw new AutomodelError(
        'conflict',
        `the run cannot be resumed here: ${what} has changed (${String(state[key])} then, ` +
          `${String(current[key])} now)`,
        {
          hint: 'resume with the same data and batch settings, or start a new run from the weights',
        },
      );
    }
    if (!(
      Number.isInteger(state.epoch) &&
      state.epoch >= 0 &&
      Number.isInteger(state.index) &&
      state.index >= 0 &&
      state.index < this.batchesPerEpoch
    )) {
      throw new AutomodelError(
        'bad-data',
        `no such position: epoch ${state.epoch}, batch ${state.index} of ${this.batchesPerEpoch}`,
      );
    }
    this.#epoch = state.epoch;
    this.#index = state.index;
  }

  #microBatch(items: readonly number[], index: number): MicroBatch {
    const { localBatchSize, worldSize, rank, rectangle } = this.#options;
    if (!(
      Number.isInteger(index) &&
      index >= 0 &&
      index * localBatchSize * worldSize < items.length
    ))
      throw new AutomodelError('bad-argument', `there is no micro-batch ${index} in this batch`);
    const start = (index * worldSize + rank) * localBatchSize;
    const chosen = items
      .slice(start, start + localBatchSize)
      .flatMap((item) => this.#numbersOf(item).map((number) => this.#samples.sample(number)));
    return rectangle === undefined
      ? buildMicroBatch(chosen, this.capacity)
      : buildRectangle(chosen, rectangle);
  }

  #orderOf(epoch: number): Int32Array {
    if (this.#order?.epoch === epoch) return this.#order.items;
    const { shuffle, seed } = this.#options;
    const items = shuffle
      ? permutation(this.items, seed, epoch)
      : Int32Array.from({ length: this.items }, (_, i) => i);
    this.#order = { epoch, items };
    return items;
  }

  #numbersOf(item: number): readonly number[] {
    return this.#packs === undefined
      ? [item]
      : [...this.#packs.members.subarray(this.#packs.starts[item], this.#packs.starts[item + 1])];
  }

  #capacity(given: Partial<LoaderCapacity>): LoaderCapacity {
    const { localBatchSize, packedSequenceSize, rectangle } = this.#options;
    if (rectangle !== undefined)
      return { token: rectangle.rows * rectangle.columns, document: rectangle.rows };
    const longest = this.#samples.lengths.reduce((most, length) => Math.max(most, length), 0);
    const mostDocuments = this.#packs?.mostMembers ?? 1;
    const needed = {
      token: localBatchSize * (packedSequenceSize > 0 ? packedSequenceSize : longest),
      document: localBatchSize * mostDocuments,
    };
    const capacity = { ...needed, ...given };
    for (const key of ['token', 'document'] as const) {
      if (capacity[key] < needed[key])
        throw new AutomodelError(
          'bad-argument',
          `a micro-batch capacity of ${capacity[key]} ${key}s is too small: this data needs ` +
            `${needed[key]}`,
        );
    }
    return capacity;
  }
}

function checkLengths(samples: SampleSet, rectangle: Rectangle): void {
  const long = samples.lengths.findIndex((length) => length > rectangle.columns);
  if (long >= 0) checkRow(samples.sample(long), rectangle);
}
