// Forward runs over a session: token losses, and logits for verification and small batches.
import { evaluateProgram, logitsProgram } from '../programs/evaluate-program.js';
import { BATCH } from '../batch/batch-inputs.js';
import type { ModelSession } from './model-session.js';
import { capacityOf, checkTokenIds, type PackedBatch } from '../batch/packed-batch.js';
import { writeBatch } from '../batch/write-batch.js';

/** Each token's loss, 0 where it is not trained. f32[T] */
export function tokenLosses(session: ModelSession, batch: PackedBatch): Promise<Float32Array> {
  checkTokenIds(session.model, batch.inputIds);
  return session.exclusive(async () => {
    const capacity = capacityOf(batch);
    const program = await session.program(`evaluate ${capacity.tokens} ${capacity.segments}`, () =>
      evaluateProgram(session.settings, capacity),
    );
    writeBatch(program, batch);
    program.write(BATCH.scale, Float32Array.of(1));
    await program.run(session.buffer);
    return program.read('nll', new Float32Array(capacity.tokens));
  });
}

/** f32[T,V] */
export function batchLogits(session: ModelSession, batch: PackedBatch): Promise<Float32Array> {
  checkTokenIds(session.model, batch.inputIds);
  return session.exclusive(async () => {
    const capacity = capacityOf(batch);
    const program = await session.program(`logits ${capacity.tokens} ${capacity.segments}`, () =>
      logitsProgram(session.settings, capacity),
    );
    writeBatch(program, batch);
    await program.run(session.buffer);
    return program.read('logits', new Float32Array(capacity.tokens * session.model.vocabularySize));
  });
}

/** The sum of a batch's token losses, in f64. */
export async function batchLossSum(session: ModelSession, batch: PackedBatch): Promise<number> {
  return (await tokenLosses(session, batch)).reduce((sum, loss) => sum + loss, 0);
}
