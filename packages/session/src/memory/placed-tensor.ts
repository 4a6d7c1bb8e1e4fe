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
  /** Whether it is this process, among those that hold the same elements, that saves them. */
  readonly isSaved: boolean;
  readonly buffer: DeviceBuffer;
}

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

/** Fills what is held of the elements from `start` on, whose values are `bytes`. */
export function writeRange(
  backend: Backend,
  { dtype, runs, buffer }: Pick<PlacedTensor, 'dtype' | 'runs' | 'buffer'>,
  start: number,
  bytes: Uint8Array,
): void {
  const size = bytesOf(dtype);
  const end = start + bytes.length / size;
  const within = runs.flatMap(({ whole, stored, count }) => {
    const [from, to] = [Math.max(whole, start), Math.min(whole + count, end)];
    return from < to ? [{ whole: from, stored: stored + from - whole, count: to - from }] : [];
  });
  writePlaced(backend, { dtype, runs: within, buffer }, (at, count) =>
    bytes.subarray((at - start) * size, (at - start + count) * size),
  );
}

/** What is held, run after run in pieces, as finished programs have left it. */
export async function* heldChunks(
  backend: Backend,
  { dtype, runs, buffer }: Pick<PlacedTensor, 'dtype' | 'runs' | 'buffer'>,
): AsyncGenerator<Uint8Array> {
  const [limit, bytes] = [CHUNK_ELEMENTS, bytesOf(dtype)];
  for (const { stored, count } of runs)
    for (let at = 0; at < count; at += limit) {
      const chunk = new Uint8Array(Math.min(limit, count - at) * bytes);
      await backend.download(buffer, (stored + at) * bytes, chunk);
      yield chunk;
    }
}

/** All bytes of the whole. Errors: `unsupported` if other processes hold a part of it. */
export async function readPlaced(backend: Backend, tensor: PlacedTensor): Promise<Uint8Array> {
  const held = tensor.runs.reduce((sum, { count }) => sum + count, 0);
  if (held !== sizeOf(tensor.shape))
    throw new AutomodelError('unsupported', `this process holds only a part of ${tensor.name}`);
  const bytes = new Uint8Array(sizeOf(tensor.shape) * bytesOf(tensor.dtype));
  let at = 0;
  for await (const chunk of heldChunks(backend, tensor)) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/**
 * A source for a save: what this process has to write of the tensor, so that all processes together
 * write each element once.
 */
export function placedSource(backend: Backend, tensor: PlacedTensor): TensorSource {
  const { name, shape, dtype, buffer } = tensor;
  const runs = tensor.isSaved ? tensor.runs : [];
  return {
    name,
    shape,
    storageType: storageOfDType(dtype),
    runs: runs.map(({ whole, count }) => ({ start: whole, count })),
    chunks: () => heldChunks(backend, { dtype, runs, buffer }),
  };
}
