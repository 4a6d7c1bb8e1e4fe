// The mean of the absolute maxima of all blocks of a weight, which processes hold pieces of. Sums
// of nested blocks are added up in order, so the result does not depend on who holds what.
import type { HostGroup } from '@automodel/contracts';
import { NESTED_QUANTIZED_BLOCK, offsetOfMaxima, sumsOfMaxima } from '@automodel/core';

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
    sums: Buffer.from(sumsOfMaxima(maxima).buffer).toString('base64'),
  }));
  const all = new Float64Array(Math.ceil(blocks / NESTED_QUANTIZED_BLOCK));
  for (const text of await host.exchange(JSON.stringify(own)))
    for (const { first, sums } of JSON.parse(text) as readonly Sums[])
      all.set(new Float64Array(Uint8Array.from(Buffer.from(sums, 'base64')).buffer), first);
  return offsetOfMaxima(all, blocks);
}
