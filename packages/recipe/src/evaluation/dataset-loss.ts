// The loss of a data set under a model: the mean over all trained tokens, as validation computes it.
import { BatchLoader, type Sample } from '@automodel/data';
import { AutomodelError } from '@automodel/core';
import { batchLossSum, type ModelSession } from '@automodel/train';

export interface DatasetLoss {
  /** Mean cross entropy of the trained tokens, in nats. */
  readonly loss: number;
  readonly perplexity: number;
  readonly tokens: number;
}

/** Tokens of one run where rows are short: enough to keep a machine busy, little enough for any. */
const PACK_TOKENS = 1024;

/** `onProgress` gets the share of rows done, from 0 to 1. Errors: `aborted`. */
export async function datasetLoss(session: ModelSession, samples: readonly Sample[], options: { readonly signal?: AbortSignal | undefined; readonly onProgress?: (share: number) => void } = {}): Promise<DatasetLoss> {
  const longest = samples.reduce((most, sample) => Math.max(most, sample.inputIds.length), 0);
  const loader = new BatchLoader({ samples, globalBatchSize: 1, localBatchSize: 1, packedSequenceSize: Math.max(longest, PACK_TOKENS), shuffle: false });
  let [sum, tokens] = [0, 0];
  for (const batch of loader.batchesOf(0)) {
    if (options.signal?.aborted === true) throw new AutomodelError('aborted', 'the evaluation was stopped');
    for (let i = 0; i < batch.microBatches; i++) sum += await batchLossSum(session, batch.microBatch(i));
    tokens += batch.trainedTokens;
    options.onProgress?.((batch.index + 1) / loader.batchesPerEpoch);
  }
  return { loss: sum / tokens, perplexity: Math.exp(sum / tokens), tokens };
}
