// Validation: the mean loss over all trained tokens of a set, however it is cut into batches.
import { batchLossSum, type ModelSession } from '@automodel/session';
import { Stop } from './stop.js';
import type { ValidationData } from './training-data.js';

/** The mean loss of a set, over this many tokens. */
export interface ValidationResult {
  readonly loss: number;
  readonly trainedTokens: number;
}

/**
 * The loss over all processes. Undefined if `stop` was requested: a part of a set says nothing
 * about the whole.
 */
export async function validate(
  session: ModelSession,
  data: ValidationData,
  stop = new Stop(),
): Promise<ValidationResult | undefined> {
  if (await stop.agree()) return undefined;
  let [sum, trainedTokens] = [0, 0];
  for (const batch of data.batches()) {
    for (let i = 0; i < batch.microBatches; i++) {
      sum += await batchLossSum(session, batch.microBatch(i));
      if (await stop.agree()) return undefined;
    }
    trainedTokens += batch.trainedTokens;
  }
  const [total = sum] = await session.parallelism.host.sum([sum]);
  return { loss: total / trainedTokens, trainedTokens };
}
