// How fast a backend computes here: matrix products and copies through the backend itself.
import type { BackendPlugin, Diagnosis } from '@automodel/contracts';
import { formatBytes, formatFlops } from '../render/units.js';

/** Opens the backend and closes it again. Never throws. */
export async function speedTest(
  plugin: BackendPlugin,
  threads: number | undefined,
): Promise<Diagnosis> {
  const name = `speed of ${plugin.name}`;
  try {
    const backend = plugin.create({ threads });
    try {
      return {
        name,
        level: 'ok',
        text: backend
          .devices()
          .map(
            (device) =>
              `matrix products ${formatFlops(device.peakFlops.f32)}/s in f32, ` +
              `${formatFlops(device.peakFlops.bf16)}/s in bf16; memory ` +
              `${formatBytes(device.bandwidth)}/s; ${device.threads} threads`,
          )
          .join('; '),
      };
    } finally {
      await backend.close();
    }
  } catch (error) {
    return {
      name,
      level: 'fail',
      text: `the backend cannot be opened: ${(error as Error).message}`,
      hint: (error as { hint?: string }).hint,
    };
  }
}
