// Validation: the mean loss over all trained tokens of a set, whatever way it is cut into batches.
import { batchLossSum, type ModelSession } from '@automodel/session';
import { Stop } from './stop.js';
import type { ValidationData } from './training-data.js';

export interface ValidationResult {
  readonly loss: number;
  readonly trainedTokens: number;
}

/**
 * Over all processes. Undefined when `signal` stopped it: part of a set says nothing of the whole.
 */
export async function validate(
  session: ModelSession,
  data: ValidationData,
  signal?: AbortSignal,
): Promise<ValidationResult | undefined> {
  const stop = new Stop(signal);
  if (stop.requested) return undefined;
  let [sum, trainedTokens] = [0, 0];
  for (const batch of data.batches()) {
    for (let i = 0; i < batch.microBatches; i++) {
      sum += await batchLossSum(session, batch.microBatch(i));
      if (stop.requested) return undefined;
    }
    trainedTokens += batch.trainedTokens;
  }
  const [total = sum] = await session.parallelism.host.sum([sum]);
  return { loss: total / trainedTokens, trainedTokens };
}
