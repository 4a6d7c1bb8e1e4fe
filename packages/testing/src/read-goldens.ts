// Reference tensors from safetensors files, as host tensors.
import { hostTensor, type HostTensor } from '@automodel/core';
import { openSafetensors, readTensor, tensorEntry } from '@automodel/checkpoint';

/** All tensors of a safetensors file by name. */
export async function readGoldens(path: string): Promise<Map<string, HostTensor>> {
  const { tensors } = await openSafetensors(path);
  const entries = await Promise.all(
    tensors.map(
      async (stored) =>
        [
          stored.name,
          hostTensor(tensorEntry(stored).dtype, stored.shape, await readTensor(stored)),
        ] as const,
    ),
  );
  return new Map(entries);
}
