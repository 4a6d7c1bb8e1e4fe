// Philox4x32-10, the counter-based random generator (Salmon et al. 2011): the same counter and key give the same numbers on every backend, at any time, in any order.

const [M0, M1, W0, W1] = [0xd2511f53n, 0xcd9e8d57n, 0x9e3779b9, 0xbb67ae85];

/** Four 32-bit words for a counter of four and a key of two 32-bit words. */
export function philox(counter: readonly [number, number, number, number], key: readonly [number, number]): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter.map((c) => c >>> 0) as [number, number, number, number];
  let [k0, k1] = key.map((k) => k >>> 0) as [number, number];
  for (let round = 0; round < 10; round++) {
    const [p0, p1] = [M0 * BigInt(c0), M1 * BigInt(c2)];
    [c0, c1, c2, c3] = [(Number(p1 >> 32n) ^ c1 ^ k0) >>> 0, Number(p1 & 0xffffffffn), (Number(p0 >> 32n) ^ c3 ^ k1) >>> 0, Number(p0 & 0xffffffffn)];
    [k0, k1] = [(k0 + W0) >>> 0, (k1 + W1) >>> 0];
  }
  return [c0, c1, c2, c3];
}

/** A number in (0, 1) from a random word. */
export const uniform = (word: number): number => ((word >>> 8) + 0.5) / 2 ** 24;
