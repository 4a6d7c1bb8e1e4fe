// Packing: no two pieces alive at once share bytes, everything is aligned, and known patterns reach
// the smallest possible arena.
import { describe, expect, it } from 'vitest';
import {
  ARENA_ALIGNMENT,
  alignUp,
  packArena,
  peakOf,
  type Lifetime,
} from '../../src/plan/pack-arena.js';
import { packInTime } from '../../src/plan/pack-in-time.js';
import { randomNumbers } from './random-graph.js';

const piece = (bytes: number, first: number, last: number): Lifetime => ({ bytes, first, last });

describe('packArena', () => {
  it('packs nested lifetimes of a forward and backward pass without a gap', () => {
    const layers = Array.from({ length: 8 }, (_, i) => piece(640 + 64 * i, i, 20 - i));
    expect(packArena(layers).bytes).toBe(peakOf(layers, 21).bytes);
  });

  it('gives the bytes of a dead piece to a later one', () => {
    expect(packArena([piece(100, 0, 1), piece(100, 1, 2), piece(100, 2, 3)])).toEqual({
      offsets: [0, 128, 0],
      bytes: 256,
    });
  });

  it('puts a piece into the tightest gap that holds it', () => {
    const pieces = [
      piece(256, 1, 3),
      piece(320, 0, 0),
      piece(256, 3, 5),
      piece(192, 1, 1),
      piece(128, 2, 5),
      piece(320, 1, 1),
      piece(192, 1, 3),
      piece(320, 4, 6),
    ];
    expect(packArena(pieces).bytes).toBe(peakOf(pieces, 7).bytes); // 128 more with the first gap
  });

  it.each([
    ['trying every gap', packArena, 1.06],
    ['in time', packInTime, 1.45],
  ] as const)('is right for random lifetimes and close to the peak: %s', (_, pack, most) => {
    let [total, least] = [0, 0];
    for (let seed = 0; seed < 30; seed++) {
      const random = randomNumbers(seed);
      const pieces = Array.from({ length: 80 }, () => {
        const first = Math.floor(random() * 50);
        return piece(
          Math.floor(random() ** 3 * 5000),
          first,
          Math.min(59, first + Math.floor(random() ** 2 * 30)),
        );
      });
      const { offsets, bytes } = pack(pieces);
      pieces.forEach((a, i) => {
        expect(offsets[i]! % ARENA_ALIGNMENT).toBe(0);
        expect(offsets[i]! + a.bytes).toBeLessThanOrEqual(bytes);
        pieces.slice(0, i).forEach((b, j) => {
          const together = a.first <= b.last && b.first <= a.last && a.bytes > 0 && b.bytes > 0;
          if (together)
            expect(
              offsets[i]! >= offsets[j]! + alignUp(b.bytes) ||
                offsets[j]! >= offsets[i]! + alignUp(a.bytes),
            ).toBe(true);
        });
      });
      total += bytes;
      least += peakOf(pieces, 60).bytes;
    }
    expect(total / least).toBeLessThan(most);
  });
});
