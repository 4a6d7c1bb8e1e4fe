// Gaps among placed pieces: passing by whole blocks finds the gap that looking at all pieces finds.
import { expect, it } from 'vitest';
import { PlacedPieces } from '../../src/plan/placed-pieces.js';
import { randomNumbers } from './random-graph.js';

interface Placed {
  readonly first: number;
  readonly last: number;
  readonly offset: number;
  readonly end: number;
}

/** The tightest gap, looking at every piece. `sorted`: by offset. */
function gapAmongAll(sorted: readonly Placed[], first: number, last: number, size: number): number {
  let [best, bestGap, end] = [-1, Infinity, 0];
  for (const other of sorted) {
    if (other.last < first || last < other.first) continue;
    const gap = other.offset - end;
    if (gap >= size && gap < bestGap) [best, bestGap] = [end, gap];
    end = Math.max(end, other.end);
  }
  return best === -1 ? end : best;
}

it.each([
  ['short', 4],
  ['of all lengths', 60],
  ['that all meet', Infinity],
])('finds the tightest gap among many pieces of lives that are %s', (_, longest) => {
  const random = randomNumbers(7);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pieces = new PlacedPieces();
  const all: Placed[] = [];
  let inGaps = 0;
  for (let i = 0; i < 1500; i++) {
    const [size, start] = [1 + below(20), below(60)];
    const [first, last] =
      longest === Infinity ? [below(30), 30 + below(30)] : [start, start + below(longest)];
    const offset = pieces.tightestGap(first, last, size);
    expect(offset).toBe(gapAmongAll(all, first, last, size));
    inGaps += all.some((other) => other.offset > offset) ? 1 : 0;
    // Room stays free behind some pieces, so that there are gaps among pieces alive at once.
    const placed = { first, last, offset: offset + below(3) * below(2) * 12, end: 0 };
    placed.end = placed.offset + size;
    pieces.add(first, last, placed.offset, placed.end);
    all.push(placed);
    all.sort((a, b) => a.offset - b.offset);
  }
  expect(inGaps).toBeGreaterThan(100);
});
