// The loss of a data set under a model: the mean over all trained tokens, as validation computes
// it.
import type { LanguageModel, Ranks } from '@automodel/contracts';
import { BatchLoader, sampleSetOf, type Sample, type SampleSet } from '@automodel/data';
import { batchLossSum, notFinite, type ModelSession } from '@automodel/session';
import { Stop } from '@automodel/train';

/** The loss over all trained tokens of a data set. */
export interface DatasetLoss {
  /** Mean cross entropy of the trained tokens, in nats. */
  readonly loss: number;
  readonly perplexity: number;
  readonly tokens: number;
}

/** Tokens per run if rows are short: enough to keep a machine busy, few enough for any machine. */
const PACK_TOKENS = 1024;

/** Packs of short rows, or the rows that a model's batches are fixed to. */
function loaderFor(model: LanguageModel, samples: SampleSet, ranks: Ranks): BatchLoader {
  const { rectangle } = model.batch;
  const { size: worldSize, rank } = ranks;
  if (rectangle !== undefined)
    return new BatchLoader({
      samples,
      globalBatchSize: rectangle.rows * worldSize,
      localBatchSize: rectangle.rows,
      worldSize,
      rank,
      rectangle,
      shuffle: false,
    });
  const longest = samples.lengths.reduce((longer, length) => Math.max(longer, length), 0);
  return new BatchLoader({
    samples,
    globalBatchSize: worldSize,
    localBatchSize: 1,
    worldSize,
    rank,
    packedSequenceSize: Math.max(longest, PACK_TOKENS),
    shuffle: false,
  });
}

/**
 * The loss of `samples`, shared by the processes of the session. `onProgress` gets the share that
 * is done, from 0 to 1. Errors: `aborted`; `not-finite` naming the tensor at fault.
 */
export async function datasetLoss(
  session: ModelSession,
  samples: SampleSet | readonly Sample[],
  options: {
    readonly stop?: Stop | undefined;
    readonly onProgress?: (share: number) => void;
  } = {},
): Promise<DatasetLoss> {
  const { stop = new Stop() } = options;
  const { host, mesh } = session.parallelism;
  const loader = loaderFor(session.model, sampleSetOf(samples), mesh.data);
  let [sum, tokens] = [0, 0];
  for (const batch of loader.batchesOf(0)) {
    if (await stop.agree()) stop.throwIfRequested('the evaluation');
    let own = 0;
    for (let i = 0; i < batch.microBatches; i++)
      own += await batchLossSum(session, batch.microBatch(i));
    sum += (await host.sum([own]))[0] ?? own;
    if (!Number.isFinite(sum)) throw await notFinite(session, 'the loss is');
    tokens += batch.trainedTokens;
    options.onProgress?.((batch.index + 1) / loader.batchesPerEpoch);
  }
  return { loss: sum / tokens, perplexity: Math.exp(sum / tokens), tokens };
}
