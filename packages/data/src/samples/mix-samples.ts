// Several sample sets as one, by weight: each sample comes from a set drawn with that set's
// probability, in the set's own order, as `datasets.interleave_datasets` does it.
// Decided by weights, lengths and seed alone, so that the mixture is the same in every run. Nothing
// is copied.
import { createHash } from 'node:crypto';
import { AutomodelError } from '@automodel/core';
import type { RowSource } from '../sources/row-source.js';
import { uniformNumbers } from './permutation.js';
import { distinctColumns, type SampleColumn } from './sample-columns.js';
import { ReadableSamples, type SampleSet } from './sample-set.js';
import type { Sample } from './sample.js';

/**
 * `first_exhausted`: until a set has no sample left; `all_exhausted`: until every set was used up
 * once, sets that are used up begin anew.
 */
export type StoppingStrategy = 'first_exhausted' | 'all_exhausted';

export interface MixOptions {
  /** One for each set; relative, above 0. */
  readonly weights: readonly number[];
  /** Default `first_exhausted`. */
  readonly stoppingStrategy?: StoppingStrategy | undefined;
  /** Default 42. */
  readonly seed?: number | undefined;
}

/** What a mixture takes from one set. */
export interface MixedPart {
  /** Samples that were taken, repetitions included. */
  readonly samples: number;
  /** How many of them had been taken before. */
  readonly repeated: number;
}

/** A mixture, and what it takes from each set. */
export interface Mixture {
  readonly samples: SampleSet;
  readonly parts: readonly MixedPart[];
}

/**
 * Mixes `sets`. Errors: `bad-argument` for weights that are not one positive number for each set,
 * or an empty set.
 */
export function mixSamples(
  sets: readonly SampleSet[],
  { weights, stoppingStrategy = 'first_exhausted', seed = 42 }: MixOptions,
): Mixture {
  if (
    sets.length === 0 ||
    weights.length !== sets.length ||
    weights.some((weight) => !(weight > 0 && Number.isFinite(weight)))
  )
    throw new AutomodelError(
      'bad-argument',
      `a mixture of ${sets.length} sets needs as many weights above 0, not ${weights.join(', ')}`,
    );
  const empty = sets.findIndex(({ length }) => length === 0);
  if (empty >= 0)
    throw new AutomodelError('bad-argument', `set ${empty + 1} of the mixture has no samples`);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const next = uniformNumbers(seed);
  const taken = new Array<number>(sets.length).fill(0);
  const order: number[] = [];
  const enough = (): boolean =>
    stoppingStrategy === 'first_exhausted'
      ? taken.some((count, i) => count >= sets[i]!.length)
      : taken.every((count, i) => count >= sets[i]!.length);
  while (!enough()) {
    const set = drawn(weights, next() * total);
    taken[set]!++;
    order.push(set);
  }
  return {
    samples: new MixedSamples(sets, Int32Array.from(order)),
    parts: taken.map((count, i) => ({
      samples: count,
      repeated: Math.max(0, count - sets[i]!.length),
    })),
  };
}

/** The set in whose share of the line from 0 to the sum of weights `place` lies. */
function drawn(weights: readonly number[], place: number): number {
  let end = 0;
  const found = weights.findIndex((weight) => place < (end += weight));
  return found < 0 ? weights.length - 1 : found;
}

class MixedSamples extends ReadableSamples {
  readonly length: number;
  readonly lengths: Int32Array;
  readonly trained: Int32Array;
  readonly columns: readonly SampleColumn[];
  readonly fingerprint: string;
  readonly #sets: readonly SampleSet[];
  readonly #set: Int32Array;
  readonly #index: Int32Array;

  constructor(sets: readonly SampleSet[], order: Int32Array) {
    super();
    this.length = order.length;
    this.#sets = sets;
    this.#set = order;
    const next = new Int32Array(sets.length);
    this.#index = order.map((set) => next[set]!++ % sets[set]!.length);
    this.lengths = this.#gathered(({ lengths }) => lengths);
    this.trained = this.#gathered(({ trained }) => trained);
    this.columns = distinctColumns(
      sets.flatMap(({ columns }, i) =>
        columns.map((own) => [own, `data set ${i + 1} of the mixture`] as const),
      ),
    );
    this.fingerprint = createHash('sha256')
      .update(sets.map(({ fingerprint }) => fingerprint).join(' '))
      .update(order)
      .digest('hex');
  }

  counts(column: string): Int32Array {
    return this.#gathered((set) => set.counts(column));
  }

  sample(index: number): Sample {
    return this.#setOf(index).sample(this.#index[index]!);
  }

  source(index: number): RowSource {
    return this.#setOf(index).source(this.#index[index]!);
  }

  override close(): void {
    for (const set of this.#sets) set.close();
  }

  /** What each sample has in its own set. */
  #gathered(valuesOf: (set: SampleSet) => Int32Array): Int32Array {
    const values = this.#sets.map(valuesOf);
    return this.#set.map((set, i) => values[set]![this.#index[i]!]!);
  }

  #setOf(index: number): SampleSet {
    return this.#sets[this.#set[index] ?? this.refuse(index)]!;
  }
}
