// One window of a stream as what batches are made of: samples or packs, in an order of their own.
import type { Rectangle } from '@automodel/contracts';
import { packSamples, type PackingStrategy } from './pack-samples.js';
import { permutation } from '../samples/permutation.js';
import { checkRow } from './rectangle.js';
import type { SampleSet } from '../samples/sample-set.js';
import type { Sample } from '../samples/sample.js';
import { IndexBuilder, PackedSamples, TokensInMemory } from '../samples/packed-samples.js';
import type { RowWindow } from './read-windows.js';

export interface WindowItemsOptions {
  /** Paths of the files. */
  readonly paths: readonly string[];
  readonly rectangle?: Rectangle | undefined;
  /** 0: no packing. */
  readonly packedSequenceSize: number;
  readonly packingStrategy?: PackingStrategy | undefined;
  readonly overlong?: 'error' | 'drop' | undefined;
  /** Most samples of a pack. */
  readonly mostMembers: number;
  readonly shuffle: boolean;
  readonly seed: number;
}

/** Items by their place in the window's order. */
export interface WindowItems {
  readonly count: number;
  item(place: number): readonly Sample[];
}

/**
 * `order` names the window among all of a run. Errors: `bad-data` for a sample that is longer than
 * a pack or a row of a recorded graph.
 */
export function windowItems(
  window: RowWindow,
  order: number,
  options: WindowItemsOptions,
): WindowItems {
  const {
    packedSequenceSize: size,
    packingStrategy: strategy,
    overlong,
    mostMembers: maxMembers,
    shuffle,
    seed,
    rectangle,
  } = options;
  const samples = samplesOf(window, options.paths);
  const long =
    rectangle === undefined
      ? -1
      : samples.lengths.findIndex((length) => length > rectangle.columns);
  if (long >= 0) checkRow(samples.sample(long), rectangle!);
  const packs =
    size > 0 && samples.length > 0
      ? packSamples(samples, size, { overlong, strategy, maxMembers })
      : undefined;
  const count = packs?.count ?? samples.length;
  const places = shuffle
    ? permutation(count, seed, order)
    : Int32Array.from({ length: count }, (_, i) => i);
  return {
    count,
    item: (place) => {
      const number = places[place]!;
      return packs === undefined
        ? [samples.sample(number)]
        : Array.from(
            packs.members.subarray(packs.starts[number], packs.starts[number + 1]),
            (member) => samples.sample(member),
          );
    },
  };
}

function samplesOf({ pieces }: RowWindow, paths: readonly string[]): SampleSet {
  const [index, tokens] = [new IndexBuilder(), new TokensInMemory()];
  for (const { rows, file } of pieces) {
    index.append(rows, file, 0);
    tokens.append(rows.ids);
  }
  const built = index.finish(undefined);
  return new PackedSamples(built.index, tokens, paths, built.fingerprint);
}
