// Philox4x32-10, the counter-based random generator (Salmon et al. 2011): the same counter and key
// give the same numbers on every backend, at any time, in any order.

const [M0, M1, W0, W1] = [0xd2511f53, 0xcd9e8d57, 0x9e3779b9, 0xbb67ae85];

/** The upper 32 bits of a product of two unsigned 32-bit numbers, by 16-bit halves. */
function highProduct(a: number, b: number): number {
  const [a0, a1, b0, b1] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  return (
    a1 * b1 + Math.floor((a0 * b1 + (middle & 0xffff)) / 0x10000) + Math.floor(middle / 0x10000)
  );
}

/** Four 32-bit words for a counter of four and a key of two 32-bit words. */
export function philox(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter.map((c) => c >>> 0) as [number, number, number, number];
  let [k0, k1] = key.map((k) => k >>> 0) as [number, number];
  for (let round = 0; round < 10; round++) {
    [c0, c1, c2, c3] = [
      (highProduct(M1, c2) ^ c1 ^ k0) >>> 0,
      Math.imul(M1, c2) >>> 0,
      (highProduct(M0, c0) ^ c3 ^ k1) >>> 0,
      Math.imul(M0, c0) >>> 0,
    ];
    [k0, k1] = [(k0 + W0) >>> 0, (k1 + W1) >>> 0];
  }
  return [c0, c1, c2, c3];
}

/** A number in (0, 1) from a random word. */
export const uniform = (word: number): number => ((word >>> 8) + 0.5) / 2 ** 24;
