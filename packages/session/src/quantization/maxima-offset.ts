// The mean of the absolute maxima of all blocks of a weight, which processes hold pieces of. Sums
// of nested blocks are added up in order, so the result does not depend on who holds what.
import type { HostGroup } from '@automodel/contracts';
import { NESTED_QUANTIZED_BLOCK } from '@automodel/core';

/** Maxima of consecutive blocks of 64 elements, from nested block `first` on. */
export interface RangeMaxima {
  readonly first: number;
  readonly maxima: Float32Array;
}

/** Sums of consecutive nested blocks as base64 of f64. */
interface Sums {
  readonly first: number;
  readonly sums: string;
}

/** `blocks`: of the whole weight. Every process of `host` calls it. */
export async function maximaOffset(
  ranges: readonly RangeMaxima[],
  blocks: number,
  host: HostGroup,
): Promise<number> {
  const own = ranges.map(({ first, maxima }): Sums => ({
    first,
    sums: Buffer.from(nestedSums(maxima).buffer).toString('base64'),
  }));
  const all = new Float64Array(Math.ceil(blocks / NESTED_QUANTIZED_BLOCK));
  for (const text of await host.exchange(JSON.stringify(own)))
    for (const { first, sums } of JSON.parse(text) as readonly Sums[])
      all.set(new Float64Array(Uint8Array.from(Buffer.from(sums, 'base64')).buffer), first);
  return Math.fround(sum(all) / Math.max(1, blocks));
}

const nestedSums = (maxima: Float32Array): Float64Array =>
  Float64Array.from({ length: Math.ceil(maxima.length / NESTED_QUANTIZED_BLOCK) }, (_, i) =>
    sum(maxima.subarray(i * NESTED_QUANTIZED_BLOCK, (i + 1) * NESTED_QUANTIZED_BLOCK)),
  );

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
