// Packs memory with known lifetimes into one arena: pieces whose lifetimes overlap get disjoint
// ranges. Two greedy orders are tried (largest first, as Pisarchyk and Lee 2020, "Efficient memory
// management for deep neural net inference", and earliest first); each piece takes the tightest
// gap. The smaller arena wins. If there are very many pieces, they are laid out in the order in
// which they come.
import { alignUp, type Lifetime, type Packing } from './lifetime.js';
import { packInTime } from './pack-in-time.js';
import { PlacedPieces } from './placed-pieces.js';

export { ARENA_ALIGNMENT, alignUp, type Lifetime, type Packing } from './lifetime.js';

/** The fullest step and the bytes alive there. */
export interface Peak {
  readonly step: number;
  readonly bytes: number;
}

/**
 * The first step at which the most bytes are alive: no packing can be smaller. `steps` is the
 * number of steps.
 */
export function peakOf(pieces: readonly Lifetime[], steps: number): Peak {
  const change = new Float64Array(steps + 1);
  for (const piece of pieces) {
    change[piece.first]! += alignUp(piece.bytes);
    change[piece.last + 1]! -= alignUp(piece.bytes);
  }
  let now = 0;
  let peak: Peak = { step: 0, bytes: 0 };
  for (const [step, delta] of change.entries()) {
    now += delta;
    if (now > peak.bytes) peak = { step, bytes: now };
  }
  return peak;
}

/** With more pieces than this, trying every gap for each takes too long. */
const MANY_PIECES = 30_000;

/** Lays out `pieces`. */
export function packArena(pieces: readonly Lifetime[]): Packing {
  if (pieces.length > MANY_PIECES) return packInTime(pieces);
  let best: Packing | undefined;
  for (const compare of ORDERS) {
    const order = pieces.map((_, i) => i).sort((a, b) => compare(pieces[a]!, pieces[b]!) || a - b);
    best = packInOrder(pieces, order, best?.bytes ?? Infinity) ?? best;
  }
  return best ?? { offsets: [], bytes: 0 };
}

type Compare = (a: Lifetime, b: Lifetime) => number;

/** Largest first, longest first, earliest first. */
const ORDERS: readonly Compare[] = [
  (a, b) => b.bytes - a.bytes || a.first - b.first,
  (a, b) => b.last - b.first - (a.last - a.first) || b.bytes - a.bytes,
  (a, b) => a.first - b.first || b.bytes - a.bytes,
];

/** Undefined as soon as the arena is not smaller than `bound` bytes. */
function packInOrder(
  pieces: readonly Lifetime[],
  order: readonly number[],
  bound: number,
): Packing | undefined {
  const offsets = new Array<number>(pieces.length).fill(0);
  const placed = new PlacedPieces();
  let total = 0;
  for (const index of order) {
    const piece = pieces[index]!;
    const size = alignUp(piece.bytes);
    if (size === 0) continue;
    const offset = placed.tightestGap(piece.first, piece.last, size);
    offsets[index] = offset;
    placed.add(piece.first, piece.last, offset, offset + size);
    total = Math.max(total, offset + size);
    if (total >= bound) return undefined;
  }
  return { offsets, bytes: total };
}
