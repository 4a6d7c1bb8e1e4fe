// Reads a written GGUF file back and compares every tensor with its source, byte for byte.
import { open } from 'node:fs/promises';
import { AutomodelError } from '@automodel/core';
import { readGguf } from './read-gguf.js';
import type { GgufTensor } from './write-gguf.js';

/** Errors: `internal` naming a tensor that is missing or differs. */
export async function compareGguf(path: string, tensors: readonly GgufTensor[]): Promise<void> {
  const stored = (await readGguf(path)).tensors;
  const file = await open(path, 'r');
  try {
    for (const tensor of tensors) {
      const found = stored.get(tensor.name);
      const differs = (what: string): AutomodelError =>
        new AutomodelError('internal', `tensor ${tensor.name} ${what} after writing`, {
          location: path,
        });
      if (
        found === undefined ||
        found.type !== tensor.type ||
        found.shape.join() !== tensor.shape.join()
      )
        throw differs('is not as described');
      let offset = found.offset;
      for await (const chunk of tensor.chunks()) {
        const { buffer } = await file.read(Buffer.alloc(chunk.length), 0, chunk.length, offset);
        if (Buffer.compare(buffer, chunk) !== 0) throw differs('differs');
        offset += chunk.length;
      }
      if (offset !== found.offset + found.length) throw differs('has another length');
    }
    if (stored.size !== tensors.length)
      throw new AutomodelError(
        'internal',
        `${stored.size} tensors after writing ${tensors.length}`,
        { location: path },
      );
  } finally {
    await file.close();
  }
}
