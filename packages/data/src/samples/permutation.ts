// Seeded shuffling. The order depends on seed, epoch and count alone: the same on every machine and
// every rank, and computable for any epoch without the ones before.
// Generator: xoshiro128** (Blackman and Vigna, 2018), seeded through SplitMix32 as its authors
// advise; bounded numbers by rejection, so every order is equally likely.

/** A permutation of 0 .. count-1 (Fisher-Yates). */
export function permutation(count: number, seed: number, epoch: number): Int32Array {
  const next = xoshiro128(seed, epoch);
  const order = Int32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = below(next, i + 1);
    const kept = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = kept;
  }
  return order;
}

/** Numbers from 0 to 1 (excluded), evenly spread, fixed by `seed`. */
export function uniformNumbers(seed: number): () => number {
  const next = xoshiro128(seed, 0);
  return () => next() / 2 ** 32;
}

function below(next: () => number, bound: number): number {
  const limit = 2 ** 32 - (2 ** 32 % bound);
  for (;;) {
    const value = next();
    if (value < limit) return value % bound;
  }
}

function xoshiro128(seed: number, epoch: number): () => number {
  const fill = splitMix32((Math.imul(seed | 0, 0x9e3779b1) ^ Math.floor(seed / 2 ** 32)) >>> 0);
  const mixed = splitMix32((fill() ^ Math.imul(epoch | 0, 0x85ebca6b)) >>> 0);
  let [a, b, c, d] = [mixed(), mixed(), mixed(), mixed() | 1];
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
}

function splitMix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}
