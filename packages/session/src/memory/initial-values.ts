// Initial values of parameters that are trained from scratch. Normal numbers come from Philox
// counters (Box and Muller 1958), so a value depends only on seed, parameter and position.
import { philox, uniform } from '@automodel/core';
import type { Initializer } from '@automodel/contracts';

/** Which numbers to draw: those of parameter number `stream`, from element `start` on. */
export interface RandomPosition {
  readonly seed: number;
  readonly stream: number;
  readonly start: number;
  readonly standardDeviation: number;
}

/**
 * `count` values in row-major order. Orthonormal rows need the whole matrix: see `orthonormalRows`.
 */
export function initialValues(
  initializer: Exclude<Initializer, { readonly distribution: 'orthogonal' }>,
  count: number,
  position: RandomPosition,
): Float32Array {
  const values = new Float32Array(count);
  if (initializer === 'ones') values.fill(1);
  if (initializer === 'ones' || initializer === 'zeros') return values;
  if (initializer === 'normal')
    return drawn(values, position, normalPair(position.standardDeviation));
  return drawn(
    values,
    position,
    initializer.distribution === 'uniform'
      ? uniformPair(initializer.bound)
      : normalPair(initializer.standardDeviation),
  );
}

/** Two numbers from two random words. */
type Pair = (first: number, second: number) => readonly [number, number];

const normalPair =
  (standardDeviation: number): Pair =>
  (first, second) => {
    const radius = standardDeviation * Math.sqrt(-2 * Math.log(uniform(first)));
    const angle = 2 * Math.PI * uniform(second);
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  };

const uniformPair =
  (bound: number): Pair =>
  (first, second) => [bound * (2 * uniform(first) - 1), bound * (2 * uniform(second) - 1)];

/** Fills `values`. Numbers are drawn in blocks of four, which may begin before `start`. */
function drawn(
  values: Float32Array,
  { seed, stream, start }: RandomPosition,
  pairOf: Pair,
): Float32Array {
  const key = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0] as const;
  for (let i = -(start % 4); i < values.length; i += 4) {
    const block = (start + i) / 4;
    const words = philox([block >>> 0, Math.floor(block / 2 ** 32), stream, 1], key);
    for (let at = 0; at < 4; at += 2) {
      const [first, second] = pairOf(words[at]!, words[at + 1]!);
      // a typed array ignores writes outside its bounds
      values[i + at] = first;
      values[i + at + 1] = second;
    }
  }
  return values;
}

/**
 * A matrix [rows,columns] with orthonormal rows, or orthonormal columns if it has more rows than
 * columns: normal numbers made orthogonal (Gram-Schmidt, twice for accuracy).
 */
export function orthonormalRows(
  rows: number,
  columns: number,
  position: Omit<RandomPosition, 'start' | 'standardDeviation'>,
): Float32Array {
  const [count, length] = rows <= columns ? [rows, columns] : [columns, rows];
  const vectors = Float64Array.from(
    drawn(
      new Float32Array(rows * columns),
      { ...position, start: 0, standardDeviation: 1 },
      normalPair(1),
    ),
  );
  for (let i = 0; i < count; i++) {
    const own = vectors.subarray(i * length, (i + 1) * length);
    for (let round = 0; round < 2; round++)
      for (let j = 0; j < i; j++)
        subtractProjection(own, vectors.subarray(j * length, (j + 1) * length));
    const norm = Math.sqrt(own.reduce((sum, x) => sum + x * x, 0));
    own.forEach((x, k) => (own[k] = x / norm));
  }
  return Float32Array.from({ length: rows * columns }, (_, i) =>
    rows <= columns ? vectors[i]! : vectors[(i % columns) * rows + Math.floor(i / columns)]!,
  );
}

function subtractProjection(vector: Float64Array, unit: Float64Array): void {
  const dot = vector.reduce((sum, x, i) => sum + x * unit[i]!, 0);
  unit.forEach((x, i) => (vector[i]! -= dot * x));
}
