// Forward runs over a session: token losses, and logits for verification and small batches.
import type { Batch } from '@automodel/contracts';
import { type Graph } from '@automodel/core';
import { capacityKey, SCALARS } from '../batch/batch-inputs.js';
import { checkTokenIds } from '../batch/check-token-ids.js';
import { entriesOf } from '../batch/known-columns.js';
import { writeBatch } from '../batch/write-batch.js';
import { evaluateProgram, logitsProgram } from '../programs/evaluate-program.js';
import type { Program } from '../programs/program.js';
import type { ModelSession } from './model-session.js';

/** Each token's loss, 0 where it is not trained: f32[T]. */
export function tokenLosses(session: ModelSession, batch: Batch): Promise<Float32Array> {
  return session.exclusive(async () => {
    const program = await filled(session, 'evaluate', batch, () =>
      evaluateProgram(session.settings, batch.capacity),
    );
    program.write(SCALARS.scale, Float32Array.of(1));
    await program.run(session.buffer);
    return program.read('nll', new Float32Array(entriesOf(batch, 'token')));
  });
}

/** The logits of a batch: f32[T,V]. */
export function batchLogits(session: ModelSession, batch: Batch): Promise<Float32Array> {
  return session.exclusive(async () => {
    const program = await filled(session, 'logits', batch, () =>
      logitsProgram(session.settings, batch.capacity),
    );
    await program.run(session.buffer);
    const count = entriesOf(batch, 'token') * session.model.vocabularySize;
    return program.read('logits', new Float32Array(count));
  });
}

/** The sum of a batch's token losses, in f64. */
export async function batchLossSum(session: ModelSession, batch: Batch): Promise<number> {
  return (await tokenLosses(session, batch)).reduce((sum, loss) => sum + loss, 0);
}

/** A program over batches of this capacity, with the batch in its inputs. */
async function filled(
  session: ModelSession,
  name: string,
  batch: Batch,
  build: () => Graph,
): Promise<Program> {
  const { model } = session;
  for (const { inputIds, start } of batch.documents) checkTokenIds(model, inputIds, start);
  const program = await session.program(`${name} ${capacityKey(batch.capacity)}`, build);
  writeBatch(program, model.batch.columns, batch);
  return program;
}
