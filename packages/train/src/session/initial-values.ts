// Initial values of parameters that are trained from scratch. Normal numbers come from Philox counters (Box and Muller 1958), so a value depends only on seed, parameter and position.
import { philox, uniform } from '@automodel/core';
import type { Initializer } from '@automodel/contracts';

/** Which numbers are meant: those of parameter number `stream`, from element `start` (a multiple of 4) on. */
export interface RandomPosition {
  readonly seed: number;
  readonly stream: number;
  readonly start: number;
  readonly standardDeviation: number;
}

/** `count` values in row-major order. */
export function initialValues(initializer: Initializer, count: number, position: RandomPosition): Float32Array {
  const values = new Float32Array(count);
  if (initializer === 'ones') values.fill(1);
  if (initializer !== 'normal') return values;
  const { seed, stream, start, standardDeviation } = position;
  const key = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0] as const;
  for (let i = 0; i < count; i += 4) {
    const block = (start + i) / 4;
    const words = philox([block >>> 0, Math.floor(block / 2 ** 32), stream, 1], key);
    for (let pair = 0; pair < 4; pair += 2) {
      const radius = standardDeviation * Math.sqrt(-2 * Math.log(uniform(words[pair]!)));
      const angle = 2 * Math.PI * uniform(words[pair + 1]!);
      if (i + pair < count) values[i + pair] = radius * Math.cos(angle);
      if (i + pair + 1 < count) values[i + pair + 1] = radius * Math.sin(angle);
    }
  }
  return values;
}
