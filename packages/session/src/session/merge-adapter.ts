// An adapter merged into the weights below it: each changed weight is computed in f32 on the
// backend when it is written, one at a time, so that no second copy of the model is in memory.
import { storageOfDType, type TensorSource } from '@automodel/checkpoint';
import type { Adapter, LinearModule } from '@automodel/contracts';
import { sizeOf } from '@automodel/core';
import { mergedWeightProgram } from '../programs/adapter-programs.js';
import type { ModelSession } from './model-session.js';

/** The changed weights by their Hugging Face names, in the model's order. */
export function mergedSources(session: ModelSession, adapter: Adapter): TensorSource[] {
  return adapter.modules.map((module) => ({
    name: module.weight,
    storageType: storageOfDType('f32'),
    shape: module.shape,
    chunks: () => mergedBytes(session, adapter, module),
  }));
}

async function* mergedBytes(
  session: ModelSession,
  adapter: Adapter,
  module: LinearModule,
): AsyncGenerator<Uint8Array> {
  yield await session.exclusive(async () => {
    const key = `merged ${module.name}`;
    const program = await session.program(key, () =>
      mergedWeightProgram(adapter, module, session.settings),
    );
    await program.run(session.buffer);
    const bytes = await program.read('weight', new Uint8Array(4 * sizeOf(module.shape)));
    await session.release(key);
    return bytes;
  });
}
