// Packing: several samples share one sequence of fixed size, so that short rows waste nothing. A
// sample is never split.
// `thd` fills packs in the order of the samples. `neat` fills them tightly: longest first, each
// into the fullest pack that has room (best-fit decreasing).
import type { Capacity } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { sampleSetOf, type SampleSet } from '../samples/sample-set.js';
import { locationOf } from '../sources/row-source.js';
import { type Sample } from '../samples/sample.js';
import { refuseSamples } from '../samples/wrong-rows.js';
import { checkEntries, entriesPer, indicesAbove } from './entries.js';

export type PackingStrategy = 'thd' | 'neat';

export interface PackOptions {
  /** What happens to samples longer than a pack. Default `error`. */
  readonly overlong?: 'error' | 'drop' | undefined;
  /** Default `thd`. */
  readonly strategy?: PackingStrategy | undefined;
  /** Maximum number of packs; those after them are left out. Default: all. */
  readonly maxPacks?: number | undefined;
  /** Maximum entries of a pack by axis; `document`: its samples. Default: as many as fit. */
  readonly limits?: Capacity | undefined;
}

/** Pack i holds samples `members[starts[i]]` up to `members[starts[i + 1]]`. */
export interface Packs {
  readonly count: number;
  readonly starts: Int32Array;
  readonly members: Int32Array;
  /** Tokens in all packs. */
  readonly tokens: number;
  /** Indices of samples longer than a pack. */
  readonly dropped: readonly number[];
}

/**
 * Fills packs of `packedSequenceSize` tokens. Errors: `bad-data` naming a sample that is longer
 * than a pack, or has more entries than `limits`.
 */
export function packSamples(
  given: SampleSet | readonly Sample[],
  packedSequenceSize: number,
  options: PackOptions = {},
): Packs {
  const samples = sampleSetOf(given);
  const { lengths } = samples;
  const dropped = indicesAbove(lengths, packedSequenceSize);
  if (options.overlong !== 'drop')
    refuseSamples(
      dropped,
      (long) =>
        new AutomodelError(
          'bad-data',
          `this row has ${lengths[long]} tokens, more than a pack of ${packedSequenceSize}`,
          {
            location: locationOf(samples.source(long)),
            hint: 'raise packed_sequence_size, or drop, split or truncate long rows',
          },
        ),
    );
  const { limits = {}, strategy, maxPacks = Infinity } = options;
  checkEntries(samples, limits);
  const fill = strategy === 'neat' ? bestFitDecreasing : inOrder;
  const packOf = fill(lengths, packedSequenceSize, new AxisLimits(samples, limits));
  return { ...gathered(packOf, lengths, maxPacks), dropped };
}

/** The largest number of entries in one pack; `entries` are those of each sample. */
export function largestEntries({ count, starts, members }: Packs, entries: Int32Array): number {
  let most = 0;
  for (let pack = 0; pack < count; pack++) {
    let sum = 0;
    for (let i = starts[pack]!; i < starts[pack + 1]!; i++) sum += entries[members[i]!]!;
    most = Math.max(most, sum);
  }
  return most;
}

/** The pack of each sample; -1: none. */
function inOrder(lengths: Int32Array, size: number, limits: AxisLimits): Int32Array {
  let [pack, used] = [0, 0];
  return lengths.map((length, sample) => {
    if (length > size) return -1;
    if (used + length > size || !limits.allow(pack, sample)) [pack, used] = [pack + 1, 0];
    used += length;
    limits.add(pack, sample);
    return pack;
  });
}

/** Samples of one length are taken in order, so the result depends on nothing but the lengths. */
function bestFitDecreasing(lengths: Int32Array, size: number, limits: AxisLimits): Int32Array {
  const order = longestFirst(lengths, size);
  const packOf = new Int32Array(lengths.length).fill(-1);
  const withRoom = new RoomIndex(size);
  let packs = 0;
  for (const sample of order) {
    const length = lengths[sample]!;
    let room = withRoom.smallestFor(length);
    if (room !== undefined && !limits.allow(withRoom.last(room), sample)) room = undefined;
    const pack = room === undefined ? packs++ : withRoom.take(room);
    packOf[sample] = pack;
    limits.add(pack, sample);
    if (!limits.isReached(pack)) withRoom.put((room ?? size) - length, pack);
  }
  return packOf;
}

/** How many entries of axes other than tokens packs have, and may have. */
class AxisLimits {
  readonly #axes: readonly {
    readonly limit: number;
    /** Of each sample. */
    readonly entries: Int32Array;
    /** Of each pack. */
    readonly used: number[];
  }[];

  constructor(samples: SampleSet, limits: Capacity) {
    this.#axes = Object.entries(limits).map(([axis, limit]) => ({
      limit,
      entries: entriesPer(samples, axis),
      used: [],
    }));
  }

  /** Whether a pack has room for a sample. */
  allow(pack: number, sample: number): boolean {
    return this.#axes.every(
      ({ limit, entries, used }) => (used[pack] ?? 0) + entries[sample]! <= limit,
    );
  }

  add(pack: number, sample: number): void {
    for (const { entries, used } of this.#axes) used[pack] = (used[pack] ?? 0) + entries[sample]!;
  }

  isReached(pack: number): boolean {
    return this.#axes.some(({ limit, used }) => used[pack]! >= limit);
  }
}

/** Samples that fit, by descending length (counting sort). */
function longestFirst(lengths: Int32Array, size: number): Int32Array {
  const starts = new Int32Array(size + 2);
  let count = 0;
  for (const length of lengths) {
    if (length > size) continue;
    starts[size - length + 1]!++;
    count++;
  }
  for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1]!;
  const order = new Int32Array(count);
  lengths.forEach((length, i) => {
    if (length <= size) order[starts[size - length]!++] = i;
  });
  return order;
}

/**
 * Packs by the room that they have left. A complete binary tree over amounts of room finds the
 * smallest one that is enough in logarithmic time.
 */
class RoomIndex {
  readonly #packs: number[][];
  readonly #width: number;
  /** Number of packs below each node of the tree. */
  readonly #counts: Int32Array;

  constructor(size: number) {
    this.#packs = Array.from({ length: size + 1 }, () => []);
    this.#width = 2 ** Math.ceil(Math.log2(size + 2));
    this.#counts = new Int32Array(2 * this.#width);
  }

  put(room: number, pack: number): void {
    this.#packs[room]!.push(pack);
    this.#change(room, 1);
  }

  /** The pack that `take` would give. */
  last(room: number): number {
    return this.#packs[room]!.at(-1)!;
  }

  take(room: number): number {
    this.#change(room, -1);
    return this.#packs[room]!.pop()!;
  }

  /** The smallest room of any pack that is at least `needed`. */
  smallestFor(needed: number): number | undefined {
    let node = this.#width + needed;
    if (this.#counts[node]! > 0) return needed;
    while (node > 1) {
      const isLeft = node % 2 === 0;
      if (isLeft && this.#counts[node + 1]! > 0) return this.#leftmost(node + 1);
      node >>= 1;
    }
    return undefined;
  }

  #leftmost(from: number): number {
    let node = from;
    while (node < this.#width) node = this.#counts[2 * node]! > 0 ? 2 * node : 2 * node + 1;
    return node - this.#width;
  }

  #change(room: number, by: number): void {
    for (let node = this.#width + room; node >= 1; node >>= 1) this.#counts[node]! += by;
  }
}

function gathered(
  packOf: Int32Array,
  lengths: Int32Array,
  maxPacks: number,
): Omit<Packs, 'dropped'> {
  const count = Math.min(
    maxPacks,
    packOf.reduce((most, pack) => Math.max(most, pack + 1), 0),
  );
  const starts = new Int32Array(count + 1);
  const isUsed = (pack: number): boolean => pack >= 0 && pack < count;
  for (const pack of packOf) if (isUsed(pack)) starts[pack + 1]!++;
  for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1]!;
  const next = starts.slice();
  const members = new Int32Array(starts[count]!);
  let tokens = 0;
  packOf.forEach((pack, sample) => {
    if (!isUsed(pack)) return;
    members[next[pack]!++] = sample;
    tokens += lengths[sample]!;
  });
  return { count, starts, members, tokens };
}
