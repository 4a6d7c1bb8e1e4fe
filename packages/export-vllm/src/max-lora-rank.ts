// The values that vLLM's --max-lora-rank takes (vllm/config/lora.py); its default is 16, and an
// adapter of a higher rank than the value is refused when it is loaded.
import { AutomodelError } from '@automodel/core';

const RANKS = [1, 8, 16, 32, 64, 128, 256, 320, 512] as const;

/** The smallest value for adapters of a rank. Errors: `unsupported` above 512. */
export function maxLoraRank(rank: number, location: string): number {
  const found = RANKS.find((value) => value >= rank);
  if (found === undefined)
    throw new AutomodelError(
      'unsupported',
      `vLLM serves adapters of ranks up to 512, not ${rank}`,
      { location, hint: 'merge the adapter into its model (automodel merge) and export that' },
    );
  return found;
}
