// One window of a stream as what batches are made of: samples or packs, in an order of their own.
import type { Capacity, Rectangle } from '@automodel/contracts';
import { checkEntries } from './entries.js';
import { packSamples, type PackingStrategy } from './pack-samples.js';
import { permutation } from '../samples/permutation.js';
import { checkRows } from './rectangle.js';
import type { SampleSet } from '../samples/sample-set.js';
import type { Sample } from '../samples/sample.js';
import { ColumnsInMemory } from '../samples/column-readers.js';
import { StoredSamples } from '../samples/stored-samples.js';
import { IndexBuilder } from '../samples/sample-index.js';
import type { RowWindow } from './read-windows.js';

export interface WindowItemsOptions {
  /** Paths of the files. */
  readonly paths: readonly string[];
  readonly rectangle?: Rectangle | undefined;
  /** 0: no packing. */
  readonly packedSequenceSize: number;
  readonly packingStrategy?: PackingStrategy | undefined;
  readonly overlong?: 'error' | 'drop' | undefined;
  /** Maximum entries of a sample, or of a pack, by axis. */
  readonly limits: Capacity;
  readonly shuffle: boolean;
  readonly seed: number;
}

/** Items by their place in the window's order. */
export interface WindowItems {
  readonly count: number;
  item(place: number): readonly Sample[];
}

/**
 * `order` is the window's number among all windows of a run, which decides its shuffle. Errors:
 * `bad-data` for a sample that is longer than a pack or a row of a recorded graph, or has more
 * entries than `limits`.
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
    limits,
    shuffle,
    seed,
    rectangle,
  } = options;
  const samples = samplesOf(window, options.paths);
  checkRows(samples, rectangle);
  checkEntries(samples, limits);
  const packs =
    size > 0 && samples.length > 0
      ? packSamples(samples, size, { overlong, strategy, limits })
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
  const [builder, memory] = [new IndexBuilder(paths), new ColumnsInMemory()];
  for (const { samples, file } of pieces) {
    builder.append(samples, file, 0);
    for (const column of [samples.tokens, ...samples.columns]) memory.append(column);
  }
  const { index, fingerprint } = builder.finish(undefined);
  return new StoredSamples(index, memory.readers(index), paths, fingerprint);
}
