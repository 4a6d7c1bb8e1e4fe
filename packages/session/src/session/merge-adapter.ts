// An adapter merged into the weights below it: each changed weight is computed in f32 on the
// backend when it is written, one at a time, so that no second copy of the model is in memory.
import { storageOfDType, type TensorSource } from '@automodel/checkpoint';
import type { Adapter, MergedTensor } from '@automodel/contracts';
import { sizeOf } from '@automodel/core';
import { mergedTensorProgram } from '../programs/adapter-programs.js';
import type { ModelSession } from './model-session.js';

/**
 * The tensors that the adapter changes or adds by their Hugging Face names, in the model's order.
 * Errors: those of `merged`.
 */
export function mergedSources(session: ModelSession, adapter: Adapter): TensorSource[] {
  return adapter.merged().map((tensor) => ({
    name: tensor.name,
    storageType: storageOfDType('f32'),
    shape: tensor.shape,
    chunks: () => mergedBytes(session, adapter, tensor),
  }));
}

async function* mergedBytes(
  session: ModelSession,
  adapter: Adapter,
  tensor: MergedTensor,
): AsyncGenerator<Uint8Array> {
  yield await session.exclusive(async () => {
    const key = `merged ${tensor.name}`;
    const program = await session.program(key, () =>
      mergedTensorProgram(adapter, tensor, session.settings),
    );
    await program.run(session.buffer);
    const bytes = await program.read('value', new Uint8Array(4 * sizeOf(tensor.shape)));
    await session.release(key);
    return bytes;
  });
}
