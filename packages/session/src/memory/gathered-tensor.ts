// A tensor that processes hold in pieces, put together in the memory of each: for comparing and for
// single numbers. Training never does this.
import type { Backend, HostGroup, Placement } from '@automodel/contracts';
import { bytesOf, sizeOf } from '@automodel/core';
import { readPlaced, type PlacedTensor } from './placed-tensor.js';

/** Elements of the whole from `start` on, as base64. */
interface Piece {
  readonly start: number;
  readonly bytes: string;
}

/**
 * All bytes of the whole, as finished runs have left them. Every process calls it where others hold
 * a part of the tensor.
 */
export async function readGathered(
  backend: Backend,
  tensor: PlacedTensor & { readonly placement: Pick<Placement, 'cutAlong'> },
  host: HostGroup,
): Promise<Uint8Array> {
  if ((tensor.placement.cutAlong ?? []).length === 0) return readPlaced(backend, tensor);
  const elementBytes = bytesOf(tensor.dtype);
  const own: Piece[] = [];
  for (const { whole, stored, count } of tensor.runs) {
    const bytes = new Uint8Array(count * elementBytes);
    await backend.download(tensor.buffer, stored * elementBytes, bytes);
    own.push({ start: whole, bytes: Buffer.from(bytes).toString('base64') });
  }
  const whole = new Uint8Array(sizeOf(tensor.shape) * elementBytes);
  for (const text of await host.exchange(JSON.stringify(own)))
    for (const { start, bytes } of JSON.parse(text) as readonly Piece[])
      whole.set(Buffer.from(bytes, 'base64'), start * elementBytes);
  return whole;
}
