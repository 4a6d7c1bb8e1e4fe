// The constants of a plan in the backend's memory, all in one buffer.
import { encodeHostData, type Plan } from '@automodel/core';
import { CpuBuffer } from './cpu-buffer.js';
import type { NativePool } from './native-pool.js';

/** `offsets`: of each constant buffer, by its id. */
export function uploadConstants(
  pool: NativePool,
  plan: Plan,
): { buffer: CpuBuffer; offsets: Map<number, number> } {
  const offsets = new Map<number, number>();
  let bytes = 0;
  for (const b of plan.buffers) {
    if (b.kind !== 'constant') continue;
    offsets.set(b.id, bytes);
    bytes = Math.ceil((bytes + b.bytes) / 64) * 64;
  }
  const buffer = CpuBuffer.allocate(pool.library, bytes, `constants of ${plan.name}`);
  for (const b of plan.buffers) {
    if (b.constant === undefined) continue;
    const data = encodeHostData(b.constant.dtype, b.constant.data);
    if (data.byteLength > 0)
      pool.library.copy_in(
        buffer.address(offsets.get(b.id), data.byteLength),
        data,
        data.byteLength,
      );
  }
  return { buffer, offsets };
}
