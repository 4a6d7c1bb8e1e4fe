// What training changes, set aside in a file of this process and put back later, bit for bit. Every
// process has its own: what it holds of the weights and of the optimizer's states.
import { open } from 'node:fs/promises';
import { bytesOf } from '@automodel/core';
import { heldChunks, type ModelSession, type PlacedTensor } from '@automodel/session';
import type { TrainingStep } from '../step/training-step.js';
import { optimizerStates } from './optimizer-states.js';

/** Puts everything back. */
export type Restore = () => Promise<void>;

/** Writes the file, which must stay until everything is back. Errors: those of the disk. */
export async function takeSnapshot(
  session: ModelSession,
  training: TrainingStep,
  path: string,
): Promise<Restore> {
  const trained = session.parameters.all.filter((parameter) => parameter.trained);
  const tensors = [...trained, ...(await optimizerStates(session, training))];
  const file = await open(path, 'wx');
  try {
    for (const tensor of tensors)
      for await (const chunk of heldChunks(session.backend, tensor)) await file.writeFile(chunk);
  } finally {
    await file.close();
  }
  return () => session.exclusive(() => putBack(session, tensors, path));
}

async function putBack(
  { backend }: ModelSession,
  tensors: readonly PlacedTensor[],
  path: string,
): Promise<void> {
  let offset = 0;
  for (const { dtype, runs, buffer } of tensors)
    for (const { stored, count } of runs) {
      const length = count * bytesOf(dtype);
      const range = { path, offset, length };
      await backend.uploadFile(range, dtype, buffer, stored * bytesOf(dtype), dtype);
      offset += length;
    }
}
