// Compares two tensors as streams, whatever the sizes of their chunks: an embedding and the head
// tied to it are too large to be held twice.
import { AutomodelError } from '@automodel/core';
import type { TensorSource } from '../safetensors/tensor-source.js';

/**
 * True when both sources have one shape and type and give the same bytes; compared chunk by chunk,
 * whatever the chunk sizes. Of a part of a tensor, only that part is compared. Errors:
 * `unsupported` if the sources give different parts.
 */
export async function sameBytes(a: TensorSource, b: TensorSource): Promise<boolean> {
  if (a.storageType !== b.storageType || a.shape.join() !== b.shape.join()) return false;
  if (JSON.stringify(a.runs) !== JSON.stringify(b.runs))
    throw new AutomodelError(
      'unsupported',
      `${a.name} and ${b.name} cannot be compared: processes hold different parts of them`,
    );
  const right = iterate(b);
  try {
    let rest: Uint8Array = new Uint8Array(0);
    for await (const chunk of a.chunks()) {
      let left = chunk;
      while (left.length > 0) {
        if (rest.length === 0) {
          const next = await right.next();
          if (next.done === true) return false;
          rest = next.value;
        }
        const shared = Math.min(left.length, rest.length);
        if (Buffer.compare(left.subarray(0, shared), rest.subarray(0, shared)) !== 0) return false;
        left = left.subarray(shared);
        rest = rest.subarray(shared);
      }
    }
    return true; // of one length: the writer checks it
  } finally {
    await right.return(undefined); // closes the file
  }
}

async function* iterate(source: TensorSource): AsyncGenerator<Uint8Array> {
  yield* source.chunks();
}
