// Packs memory with known lifetimes into one arena: pieces whose lifetimes overlap get disjoint
// ranges. Two greedy orders are tried (largest first, as Pisarchyk and Lee 2020, "Efficient memory
// management for deep neural net inference", and earliest first); each piece takes the tightest
// gap. The smaller arena wins. If there are very many pieces, they are laid out in the order in
// which they come.
import { alignUp, type Lifetime, type Packing } from './lifetime.js';
import { packInTime } from './pack-in-time.js';

export { ARENA_ALIGNMENT, alignUp, type Lifetime, type Packing } from './lifetime.js';

/**
 * The largest number of bytes alive at one step: no packing can be smaller. `steps` is the number
 * of steps.
 */
export function peakBytes(pieces: readonly Lifetime[], steps: number): number {
  const change = new Float64Array(steps + 1);
  for (const piece of pieces) {
    change[piece.first]! += alignUp(piece.bytes);
    change[piece.last + 1]! -= alignUp(piece.bytes);
  }
  let [now, peak] = [0, 0];
  for (const delta of change) peak = Math.max(peak, (now += delta));
  return peak;
}

/** With more pieces than this, trying every gap for each takes too long. */
const MANY_PIECES = 30_000;

/** Lays out `pieces`. */
export function packArena(pieces: readonly Lifetime[]): Packing {
  const order = pieces.map((_, i) => i);
  if (pieces.length > MANY_PIECES) return packInTime(pieces);
  const largest = [...order].sort(
    (a, b) => pieces[b]!.bytes - pieces[a]!.bytes || pieces[a]!.first - pieces[b]!.first || a - b,
  );
  const longest = [...order].sort(
    (a, b) =>
      pieces[b]!.last - pieces[b]!.first - (pieces[a]!.last - pieces[a]!.first) ||
      pieces[b]!.bytes - pieces[a]!.bytes ||
      a - b,
  );
  const earliest = [...order].sort(
    (a, b) => pieces[a]!.first - pieces[b]!.first || pieces[b]!.bytes - pieces[a]!.bytes || a - b,
  );
  return [largest, longest, earliest]
    .map((o) => packInOrder(pieces, o))
    .reduce((best, next) => (next.bytes < best.bytes ? next : best));
}

interface Placed extends Lifetime {
  readonly offset: number;
  readonly end: number;
}

function packInOrder(pieces: readonly Lifetime[], order: readonly number[]): Packing {
  const offsets = new Array<number>(pieces.length).fill(0);
  const placed: Placed[] = []; // sorted by offset
  let total = 0;
  for (const index of order) {
    const piece = pieces[index]!;
    const size = alignUp(piece.bytes);
    if (size === 0) continue;
    const offset = tightestGap(placed, piece, size);
    offsets[index] = offset;
    placed.splice(insertionPoint(placed, offset), 0, {
      bytes: size,
      first: piece.first,
      last: piece.last,
      offset,
      end: offset + size,
    });
    total = Math.max(total, offset + size);
  }
  return { offsets, bytes: total };
}

/**
 * The smallest gap between pieces alive at the same time that holds `size` bytes, or the end of the
 * last of them.
 */
function tightestGap(placed: readonly Placed[], piece: Lifetime, size: number): number {
  let [best, bestGap, end] = [-1, Infinity, 0];
  for (const other of placed) {
    if (other.last < piece.first || piece.last < other.first) continue;
    const gap = other.offset - end;
    if (gap >= size && gap < bestGap) [best, bestGap] = [end, gap];
    if (other.end > end) end = other.end;
  }
  return best === -1 ? end : best;
}

function insertionPoint(placed: readonly Placed[], offset: number): number {
  let [low, high] = [0, placed.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (placed[middle]!.offset <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
