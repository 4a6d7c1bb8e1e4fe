// How many bytes of gradients travel together.
import { AutomodelError } from '@automodel/core';

/** PyTorch's default for DistributedDataParallel. */
const DEFAULT_MB = 25;

/** `distributed.bucket_cap_mb` in bytes. Errors: `bad-recipe` for what is not a number above 0. */
export function bucketOption({ bucket_cap_mb: cap }: Readonly<Record<string, unknown>>): number {
  const megabytes = cap ?? DEFAULT_MB;
  if (typeof megabytes === 'number' && megabytes > 0) return megabytes * 2 ** 20;
  throw new AutomodelError('bad-recipe', 'must be a number above 0', {
    location: 'distributed.bucket_cap_mb',
  });
}
