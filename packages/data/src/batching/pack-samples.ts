// Packing: samples are joined into packs of at most a given number of tokens. A sample is never split.
import { AutomodelError } from '@automodel/core';
import { locationOf, type Sample } from '../datasets/sample.js';

export interface Packing {
  /** Indices of samples, pack by pack. */
  readonly packs: readonly (readonly number[])[];
  /** Indices of samples longer than a pack; empty unless they are dropped. */
  readonly dropped: readonly number[];
}

/**
 * Packs in the order of the data: a sample goes into the current pack, or starts the next one where it does not fit (the `thd` packing of NeMo Automodel).
 * Errors: `bad-data` naming the first sample longer than a pack, unless `overlong` is `drop`.
 */
export function packSamples(samples: readonly Sample[], packedSequenceSize: number, overlong: 'error' | 'drop' = 'error'): Packing {
  const packs: number[][] = [];
  const dropped: number[] = [];
  let used = Infinity;
  for (const [index, sample] of samples.entries()) {
    const length = sample.inputIds.length;
    if (length > packedSequenceSize) {
      if (overlong === 'drop') {
        dropped.push(index);
        continue;
      }
      throw new AutomodelError('bad-data', `this row has ${length} tokens, more than a pack of ${packedSequenceSize}`, { location: locationOf(sample.source), hint: 'raise packed_sequence_size, or drop or truncate long rows' });
    }
    if (used + length > packedSequenceSize) {
      packs.push([]);
      used = 0;
    }
    packs.at(-1)?.push(index);
    used += length;
  }
  return { packs, dropped };
}
