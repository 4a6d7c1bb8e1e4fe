// How a loader cuts samples into global batches.
import type { BatchColumn, Capacity, Rectangle } from '@automodel/contracts';
import type { SampleSet } from '../samples/sample-set.js';
import type { Sample } from '../samples/sample.js';
import type { LoaderCapacity } from './loader-capacity.js';
import type { PackingStrategy } from './pack-samples.js';

export interface BatchLoaderOptions {
  readonly samples: SampleSet | readonly Sample[];
  /**
   * Samples (with packing: packs) of one optimizer step, over all ranks. A multiple of
   * localBatchSize x worldSize; with a rectangle any number.
   */
  readonly globalBatchSize: number;
  /** Samples (packs) of one micro-batch of one rank. A rectangle's rows take its place. */
  readonly localBatchSize: number;
  /**
   * The fixed shape of a recorded graph's batch, one sample in each row. Not together with packing.
   */
  readonly rectangle?: Rectangle | undefined;
  /** Tokens of a pack; 0 or absent: no packing. */
  readonly packedSequenceSize?: number | undefined;
  /** With packing, what happens to samples longer than a pack. Default `error`. */
  readonly overlong?: 'error' | 'drop' | undefined;
  /** How packs are filled. Default `thd`: in order. */
  readonly packingStrategy?: PackingStrategy | undefined;
  /** Maximum number of packs. Default: all. */
  readonly maxPacks?: number | undefined;
  /** Maximum entries of a pack by axis; `document`: its samples. Default: as many as fit. */
  readonly packLimits?: Capacity | undefined;
  /** A new order each epoch. Default true. */
  readonly shuffle?: boolean | undefined;
  /** Default 42. */
  readonly seed?: number | undefined;
  readonly worldSize?: number | undefined;
  readonly rank?: number | undefined;
  /** Entries of a micro-batch by axis, where they must be more than this data needs. */
  readonly capacity?: Partial<LoaderCapacity> | undefined;
  /** What the model reads. Default: all that samples have. */
  readonly columns?: readonly BatchColumn[] | undefined;
}
