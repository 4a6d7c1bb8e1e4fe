// Steps of training over a list of micro-batches, in one process or shared by simulated ranks under
// a strategy: what a strategy must reproduce. Rank r of N runs the micro-batches r, r + N, ... of a
// step, as the loader hands them out.
import type {
  Batch,
  BatchDocument,
  LanguageModel,
  ModelPlugin,
  ParallelismPlugin,
} from '@automodel/contracts';
import type { RankAxis } from '@automodel/core';
import { HuggingFaceFolder } from '@automodel/checkpoint';
import {
  ModelSession,
  singleProcess,
  type Precision,
  type SessionAdapter,
} from '@automodel/session';
import { adamw, TrainingStep } from '@automodel/train';
import { referenceBackend } from './reference-backend.js';
import { simulatedRanks, type SimulatedRank } from './simulated-ranks.js';

/** What is trained, how often, and by whom. */
export interface CurveOptions {
  /** A folder in Hugging Face's format. */
  readonly folder: string;
  readonly plugin: ModelPlugin;
  readonly precision?: Precision | undefined;
  /** Micro-batches of each step. */
  readonly batches: readonly Batch[];
  readonly steps: number;
  /** Trains an adapter on top of the model. Absent: all weights. */
  readonly adapterOf?: ((model: LanguageModel) => SessionAdapter) | undefined;
  /** Passes to leave out: definitions of fused ops round once where kernels round twice. */
  readonly disablePasses?: readonly string[] | undefined;
  /** Layers are computed again until transient memory fits. Absent: nothing is. */
  readonly arenaBudgetBytes?: number | undefined;
  /** Absent: one process. `options` is the section `distributed`. */
  readonly ranks?:
    | {
        readonly axes: readonly RankAxis[];
        readonly strategy: ParallelismPlugin;
        readonly options?: Readonly<Record<string, unknown>>;
      }
    | undefined;
}

/** Loss and gradient norm of each step, and what this rank holds of each weight at the end. */
export interface TrainingCurve {
  readonly losses: readonly number[];
  readonly norms: readonly number[];
  readonly weights: ReadonlyMap<string, Float32Array>;
}

/** The curve as every rank sees it; of one process: one. Errors: of any rank. */
export async function trainingCurve(options: CurveOptions): Promise<readonly TrainingCurve[]> {
  const ranks: readonly SimulatedRank[] =
    options.ranks === undefined
      ? [{ backend: referenceBackend(), host: singleProcess.host }]
      : simulatedRanks(options.ranks.axes);
  return Promise.all(ranks.map((rank) => curveOfRank(options, rank)));
}

/** The largest relative difference of losses and norms. */
export const curveDistance = (a: TrainingCurve, b: TrainingCurve): number =>
  Math.max(
    ...(['losses', 'norms'] as const).flatMap((what) =>
      a[what].map((value, i) => Math.abs(value / b[what][i]! - 1)),
    ),
  );

const LEARNING_RATE = 1e-3;

async function curveOfRank(
  {
    folder: path,
    plugin,
    precision = 'f32',
    batches,
    steps,
    adapterOf,
    disablePasses,
    arenaBudgetBytes,
    ranks,
  }: CurveOptions,
  { backend, host }: SimulatedRank,
): Promise<TrainingCurve> {
  const folder = await HuggingFaceFolder.open(path);
  const parallelism = await ranks?.strategy.create(ranks.options ?? {}, { host });
  const model = plugin.create(folder.config);
  await using session = await ModelSession.load(
    {
      backend,
      model,
      precision,
      adapter: adapterOf?.(model),
      trainable: () => true,
      parallelism,
      verifyPlans: true,
      disablePasses,
      arenaBudgetBytes,
    },
    folder.weights.tensors,
    path,
  );
  const training = new TrainingStep(session, {
    optimizer: adamw({ betas: [0.9, 0.999], eps: 1e-8 }),
    maxNorm: 1,
  });
  const scale = 1 / batches.reduce((sum, batch) => sum + trainedTokens(batch), 0);
  const own = ownBatches(batches, host);
  const [losses, norms]: [number[], number[]] = [[], []];
  for (let step = 0; step < steps; step++) {
    for (const [i, batch] of own.entries())
      await training.micro(batch, {
        scale,
        first: i === 0,
        last: i === own.length - 1,
        draw: { seed: 1, number: step * 1000 + i * host.size + host.rank },
      });
    const { loss, gradientNorm } = await training.update(step + 1, LEARNING_RATE, 0.01);
    losses.push(loss);
    norms.push(gradientNorm);
  }
  return { losses, norms, weights: await heldWeights(session) };
}

/** Every rank runs as many micro-batches; where they do not divide, the last ones are empty. */
function ownBatches(
  batches: readonly Batch[],
  { size, rank }: SimulatedRank['host'],
): readonly Batch[] {
  const empty: Batch = { ...batches[0]!, documents: [] };
  return Array.from(
    { length: Math.ceil(batches.length / size) },
    (_, i) => batches[i * size + rank] ?? empty,
  );
}

const trainedTokens = ({ documents }: Batch): number =>
  documents.reduce(
    (sum, { labels }) => sum + labels.subarray(1).filter((label) => label !== -100).length,
    0,
  );

/** Weights as they lie in this rank's memory. */
async function heldWeights(session: ModelSession): Promise<ReadonlyMap<string, Float32Array>> {
  const weights = new Map<string, Float32Array>();
  for (const { name, buffer, trained } of session.parameters.all) {
    if (!trained) continue;
    const held = new Float32Array(buffer.bytes / 4);
    await session.backend.download(buffer, 0, held);
    weights.set(name, held);
  }
  return weights;
}

/** Micro-batches of `documents` ragged documents each, with the same random tokens every time. */
export function raggedBatches(
  count: number,
  {
    vocabulary,
    documents = 2,
    longest = 7,
  }: {
    readonly vocabulary: number;
    readonly documents?: number;
    readonly longest?: number;
  },
): readonly Batch[] {
  let state = 7;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % limit;
  };
  return Array.from({ length: count }, (): Batch => {
    const placed: BatchDocument[] = [];
    let start = 0;
    for (let i = 0; i < documents; i++) {
      const inputIds = Int32Array.from({ length: 2 + below(longest - 1) }, () => below(vocabulary));
      const labels = inputIds.map((id, at) => (at === 1 && i % 2 === 1 ? -100 : id));
      placed.push({ start, inputIds, labels });
      start += inputIds.length;
    }
    const capacity = { token: documents * longest, document: documents };
    return { documents: placed, capacity, padTokenId: 0 };
  });
}
