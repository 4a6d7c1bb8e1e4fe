// A tensor in a backend's memory with the placement of a parameter: the parameter itself, its
// gradient or an optimizer state. Translates between the pieces held there and the whole that files
// and callers know.
import { storageOfDType, type TensorEntry, type TensorSource } from '@automodel/checkpoint';
import type { Backend, DeviceBuffer } from '@automodel/contracts';
import { AutomodelError, bytesOf, sizeOf, type DType, type Shape } from '@automodel/core';
import type { ElementRun } from './element-runs.js';

const CHUNK_ELEMENTS = 1 << 20;

/** A tensor of which this process holds some runs of elements. */
export interface PlacedTensor {
  readonly name: string;
  /** Shape of the whole. */
  readonly shape: Shape;
  readonly dtype: DType;
  /** The elements that this process holds. */
  readonly runs: readonly ElementRun[];
  readonly buffer: DeviceBuffer;
}

/** Whether memory holds the whole and nothing else, in its own order. */
export const isWhole = ({ shape, dtype, runs, buffer }: PlacedTensor): boolean =>
  buffer.bytes === sizeOf(shape) * bytesOf(dtype) &&
  (runs.length === 0 ||
    (runs.length === 1 && runs[0]?.stored === 0 && runs[0].count === sizeOf(shape)));

/** Fills what is held with the elements of a tensor in a file. */
export async function uploadPlaced(
  backend: Backend,
  { dtype, runs, buffer }: Pick<PlacedTensor, 'dtype' | 'runs' | 'buffer'>,
  entry: TensorEntry,
): Promise<void> {
  const [from, to] = [bytesOf(entry.dtype), bytesOf(dtype)];
  for (const { whole, stored, count } of runs)
    await backend.uploadFile(
      { path: entry.file, offset: entry.offset + whole * from, length: count * from },
      entry.dtype,
      buffer,
      stored * to,
      dtype,
    );
}

/** Fills what is held; `values` gives `count` elements of the whole from `start` on. */
export function writePlaced(
  backend: Backend,
  { dtype, runs, buffer }: Pick<PlacedTensor, 'dtype' | 'runs' | 'buffer'>,
  values: (start: number, count: number) => Uint8Array,
): void {
  for (const { whole, stored, count } of runs)
    for (let at = 0; at < count; at += CHUNK_ELEMENTS)
      backend.upload(
        buffer,
        (stored + at) * bytesOf(dtype),
        values(whole + at, Math.min(CHUNK_ELEMENTS, count - at)),
      );
}

/**
 * The whole in pieces, as finished runs have left it. Errors: `unsupported` if other processes hold
 * a part of it.
 */
export async function* placedChunks(
  backend: Backend,
  { name, shape, dtype, runs, buffer }: PlacedTensor,
): AsyncGenerator<Uint8Array> {
  const [limit, bytes] = [CHUNK_ELEMENTS, bytesOf(dtype)];
  let end = 0;
  for (const { whole, stored, count } of runs) {
    if (whole !== end) break;
    end += count;
    for (let at = 0; at < count; at += limit) {
      const chunk = new Uint8Array(Math.min(limit, count - at) * bytes);
      await backend.download(buffer, (stored + at) * bytes, chunk);
      yield chunk;
    }
  }
  if (end !== sizeOf(shape))
    throw new AutomodelError('unsupported', `this process holds only a part of ${name}`);
}

/** All bytes of the whole. Errors: those of `placedChunks`. */
export async function readPlaced(backend: Backend, tensor: PlacedTensor): Promise<Uint8Array> {
  const bytes = new Uint8Array(sizeOf(tensor.shape) * bytesOf(tensor.dtype));
  let at = 0;
  for await (const chunk of placedChunks(backend, tensor)) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** The whole as a source for a save. */
export const placedSource = (backend: Backend, tensor: PlacedTensor): TensorSource => ({
  name: tensor.name,
  shape: tensor.shape,
  storageType: storageOfDType(tensor.dtype),
  chunks: () => placedChunks(backend, tensor),
});
