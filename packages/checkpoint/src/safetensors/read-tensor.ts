// Reads the bytes of stored tensors with fs: whole as host arrays (tests, verification, small
// tensors) or streamed in chunks (carrying a tensor into another file).
import { open, type FileHandle } from 'node:fs/promises';
import { AutomodelError } from '@automodel/core';
import { floatsFromBytes } from './convert-floats.js';
import { tensorEntry, type StoredTensor } from './stored-tensor.js';

/** A tensor's values on the host: f32, f16 and bf16 as Float32Array, bool as bytes 0 and 1. */
export type TensorArray = Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array;

const CHUNK_BYTES = 1 << 24;
const MAX_READ_BYTES = 1 << 30; // one fs read must stay below 2^31

async function fill(
  handle: FileHandle,
  tensor: StoredTensor,
  target: Uint8Array,
  start: number,
): Promise<void> {
  let filled = 0;
  while (filled < target.length) {
    const wanted = Math.min(target.length - filled, MAX_READ_BYTES);
    const { bytesRead } = await handle.read(target, filled, wanted, tensor.offset + start + filled);
    if (bytesRead === 0)
      throw new AutomodelError(
        'bad-file',
        `the file became shorter while tensor ${tensor.name} was read`,
        { location: tensor.file },
      );
    filled += bytesRead;
  }
}

async function withFile<T>(
  tensor: StoredTensor,
  use: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  const handle = await open(tensor.file, 'r');
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

/** All bytes of a tensor, as stored. */
export async function readTensorBytes(tensor: StoredTensor): Promise<Uint8Array> {
  const bytes = new Uint8Array(tensor.length);
  await withFile(tensor, (handle) => fill(handle, tensor, bytes, 0));
  return bytes;
}

/** The bytes of a tensor in order, in chunks of at most 16 MiB. */
export async function* streamTensorBytes(tensor: StoredTensor): AsyncGenerator<Uint8Array> {
  const handle = await open(tensor.file, 'r');
  try {
    for (let start = 0; start < tensor.length; start += CHUNK_BYTES) {
      const chunk = new Uint8Array(Math.min(CHUNK_BYTES, tensor.length - start));
      await fill(handle, tensor, chunk, start);
      yield chunk;
    }
  } finally {
    await handle.close();
  }
}

/**
 * The values of a tensor, row-major.
 * @throws AutomodelError `unsupported` for a type that can only be carried through.
 */
export async function readTensor(tensor: StoredTensor): Promise<TensorArray> {
  const { dtype } = tensorEntry(tensor);
  const bytes = await readTensorBytes(tensor);
  switch (dtype) {
    case 'f32':
    case 'f16':
    case 'bf16':
      return floatsFromBytes(bytes, dtype);
    case 'f64':
      return new Float64Array(bytes.buffer);
    case 'i64':
      return new BigInt64Array(bytes.buffer);
    case 'i32':
      return new Int32Array(bytes.buffer);
    case 'bool':
      return bytes;
  }
}
