// Delivers global batches: what one optimizer step trains on, over all micro-batches and ranks. The
// number of trained tokens is known before the first micro-batch; every rank gets equally many
// micro-batches, and the incomplete last group of an epoch is a step too. The position can be saved
// and restored exactly.
import { AutomodelError } from '@automodel/core';
import { permutation } from '../samples/permutation.js';
import { sampleSetOf, type SampleSet } from '../samples/sample-set.js';
import type { RowSource } from '../sources/row-source.js';
import type { BatchLoaderOptions } from './batch-loader-options.js';
import { checkState, type BatchLoaderState } from './batch-loader-state.js';
import { checkModelColumns } from './check-model-columns.js';
import { checkSizes } from './check-sizes.js';
import { nothingTrained, type GlobalBatch } from './global-batch.js';
import { loaderCapacity, type LoaderCapacity } from './loader-capacity.js';
import { buildMicroBatch, type MicroBatch } from './micro-batch.js';
import { packSamples, type Packs } from './pack-samples.js';
import { buildRectangle, checkRows } from './rectangle.js';

/** Cuts a data set into global batches. */
export class BatchLoader {
  readonly capacity: LoaderCapacity;
  readonly batchesPerEpoch: number;
  /** Samples, or packs. */
  readonly items: number;
  /** Samples longer than a pack. */
  readonly dropped: readonly RowSource[];
  /** Share of the packs' places that hold tokens. Undefined without packing. */
  readonly packingEfficiency: number | undefined;
  readonly #samples: SampleSet;
  readonly #packs: Packs | undefined;
  readonly #options: Settings;
  #epoch = 0;
  #index = 0;
  #order: { readonly epoch: number; readonly items: Int32Array } | undefined;

  /**
   * Errors: `bad-argument` for sizes that do not fit together; `bad-data` for no samples, one
   * longer than a pack, or columns that the model does not read.
   */
  constructor(options: BatchLoaderOptions) {
    const settings = settingsOf(options);
    const { globalBatchSize, packedSequenceSize, rectangle } = settings;
    checkSizes(settings);
    const samples = sampleSetOf(options.samples);
    checkModelColumns(samples.columns, options.columns ?? []);
    const packs = packedSequenceSize > 0 ? packsOf(samples, settings, options) : undefined;
    this.#options = settings;
    this.#samples = samples;
    this.#packs = packs;
    this.items = packs?.count ?? samples.length;
    this.dropped = (packs?.dropped ?? []).map((i) => samples.source(i));
    this.packingEfficiency = packs && packs.tokens / (packs.count * packedSequenceSize);
    if (this.items === 0)
      throw new AutomodelError(
        'bad-data',
        samples.length === 0
          ? 'there are no samples'
          : `all ${samples.length} samples are longer than a pack of ${packedSequenceSize} tokens`,
      );
    this.batchesPerEpoch = Math.ceil(this.items / globalBatchSize);
    checkRows(samples, rectangle);
    this.capacity = loaderCapacity(
      { ...settings, samples, packs, columns: options.columns },
      options.capacity ?? {},
    );
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
    const sources = numbers.map((number) => this.#samples.source(number));
    const trainedTokens = numbers.reduce((sum, number) => sum + trained[number]!, 0);
    if (trainedTokens === 0) throw nothingTrained({ epoch, index, sources });
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
    checkState(state, this.state(), this.batchesPerEpoch);
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
      : buildRectangle(chosen, rectangle, this.capacity);
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
}

/** Options that decide how data is cut, with defaults. */
type Settings = ReturnType<typeof settingsOf>;

function settingsOf({
  globalBatchSize,
  localBatchSize,
  packedSequenceSize = 0,
  packingStrategy = 'thd',
  maxPacks,
  shuffle = true,
  seed = 42,
  worldSize = 1,
  rank = 0,
  rectangle,
}: BatchLoaderOptions) {
  return {
    globalBatchSize,
    localBatchSize: rectangle?.rows ?? localBatchSize,
    packedSequenceSize,
    packingStrategy,
    maxPacks,
    shuffle,
    seed,
    worldSize,
    rank,
    rectangle,
  };
}

function packsOf(
  samples: SampleSet,
  { packedSequenceSize, packingStrategy, maxPacks }: Settings,
  { overlong, packLimits }: BatchLoaderOptions,
): Packs {
  return packSamples(samples, packedSequenceSize, {
    overlong,
    strategy: packingStrategy,
    maxPacks,
    limits: packLimits,
  });
}
