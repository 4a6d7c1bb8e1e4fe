// Training speed on random tokens: the same work as benchmarks/peers/torch_train.py (AdamW,
// learning rate 1e-4, weight decay 0.01, clipping at 1; every step on the same batch), so that the
// two can be compared.
import { HuggingFaceFolder } from '@automodel/checkpoint';
import type { Backend, LanguageModel, Parallelism } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { adamw } from '../optimizers/adamw.js';
import { reportPrograms, type PlanReport } from '../estimate/plan-report.js';
import { processBytes } from '../estimate/process-bytes.js';
import { PeakMemory } from '../metrics/peak-memory.js';
import {
  type CompileOptions,
  adapterBase,
  ModelSession,
  singleProcess,
  type Precision,
  type SessionAdapter,
} from '@automodel/session';
import { TrainingStep } from '../step/training-step.js';
import { benchSizes, type BenchSizes } from './bench-sizes.js';
import { randomBatch } from './random-batch.js';

/** What to measure, and on what. */
export interface BenchOptions extends CompileOptions {
  readonly backend: Backend;
  readonly folder: string;
  readonly createModel: (config: Readonly<Record<string, unknown>>) => LanguageModel;
  readonly precision: Precision;
  /** Trained in place of the model's weights; `rank` is printed. */
  readonly lora?: { readonly adapter: SessionAdapter; readonly rank: number } | undefined;
  /** How processes share the model and the rows. Default: one process. */
  readonly parallelism?: Parallelism | undefined;
  /** Rows of all processes (default 4) and tokens per row (default 512); a graph has its own. */
  readonly batch?: number | undefined;
  readonly seq?: number | undefined;
  /** Default 5, at least 2: the first is not counted. */
  readonly steps?: number | undefined;
  readonly seed?: number | undefined;
  readonly onStep?:
    ((step: number, seconds: number, loss: number, tokens: number) => void) | undefined;
}

/** One JSON line with the peer's names. */
export interface BenchLine {
  readonly peer: string;
  readonly dtype: string;
  readonly lora: number;
  readonly batch: number;
  readonly seq: number;
  /** Tokens per second of the best step after the first. */
  readonly tok_s: number;
  readonly seconds: readonly number[];
  /** Of the process with the highest; what a process maps of others' memory is not counted. */
  readonly peak_rss_mb: number;
  readonly losses: readonly number[];
  /** Only where processes share the work: their number. */
  readonly ranks?: number;
  /** With adapters: MiB of the frozen weights of linear modules. */
  readonly base_mb?: number;
}

/** The measurement and the prediction. */
export interface BenchResult {
  readonly line: BenchLine;
  /** What the plan predicted. */
  readonly report: PlanReport;
}

const [LEARNING_RATE, WEIGHT_DECAY] = [1e-4, 0.01];

/** Measures training steps on random tokens. Errors: `bad-argument` for sizes, `not-finite`. */
export async function benchTraining(options: BenchOptions): Promise<BenchResult> {
  const { backend, precision, parallelism = singleProcess, steps = 5 } = options;
  const { data: ranks } = parallelism.mesh;
  const folder = await HuggingFaceFolder.open(options.folder);
  const model = options.createModel(folder.config);
  const { batch, seq } = benchSizes(model, { ...options, steps }, ranks.size);
  using memory = new PeakMemory(backend);
  const baselineBytes = processBytes(backend);
  await using session = await ModelSession.load(
    { ...options, model, adapter: options.lora?.adapter, precision, trainable: () => true },
    folder.weights.tensors,
    folder.path,
  );
  const training = new TrainingStep(session, {
    optimizer: adamw({ betas: [0.9, 0.999], eps: 1e-8 }),
    maxNorm: 1,
  });
  // full rows: packed and recorded batches have the same layout
  const rows = batch / ranks.size;
  const first = rows * ranks.rank;
  const micro = randomBatch({ vocabulary: model.vocabularySize, first, rows, seq }, options.seed);
  const report = reportPrograms(await training.programs(micro.capacity), {
    device: backend.devices()[0]!,
    precision,
    baselineBytes,
  });
  const [seconds, losses]: [number[], number[]] = [[], []];
  for (let i = 0; i < steps; i++) {
    const started = performance.now();
    await training.micro(micro, {
      scale: 1 / (micro.trainedTokens * ranks.size),
      first: true,
    });
    const { loss, finite } = await training.update(i + 1, LEARNING_RATE, WEIGHT_DECAY);
    if (!finite)
      throw new AutomodelError('not-finite', `step ${i}: loss or gradient norm is not finite`);
    seconds.push((performance.now() - started) / 1000);
    losses.push(loss);
    options.onStep?.(i, seconds[i]!, loss, batch * seq);
  }
  const line = {
    ...lineOf({ ...options, batch, seq }, seconds, losses, await memory.highest(parallelism.host)),
    ...(ranks.size === 1 ? {} : { ranks: ranks.size }),
  };
  return {
    line:
      options.lora === undefined
        ? line
        : { ...line, base_mb: Number((baseBytes(session) / 2 ** 20).toFixed(3)) },
    report,
  };
}

/** Bytes of the frozen weights of linear modules, quantised or not. */
function baseBytes(session: ModelSession): number {
  const modules = new Set(adapterBase(session.model).modules.map(({ name }) => name));
  return session.parameters.all.reduce((total, { name, trained, buffer }) => {
    const weight = /^(.*)\.weight(\.\w+)?$/.exec(name);
    return total + (!trained && weight !== null && modules.has(weight[1]!) ? buffer.bytes : 0);
  }, 0);
}

function lineOf(
  { backend, precision, lora, batch, seq }: BenchOptions & BenchSizes,
  seconds: readonly number[],
  losses: readonly number[],
  peakBytes: number,
): BenchLine {
  const round = (value: number, digits: number): number => Number(value.toFixed(digits));
  return {
    peer: `automodel ${backend.name} ${backend.version}`,
    dtype: precision,
    lora: lora?.rank ?? 0,
    batch,
    seq,
    tok_s: round((batch * seq) / Math.min(...seconds.slice(1)), 1),
    seconds: seconds.map((s) => round(s, 3)),
    peak_rss_mb: Math.floor(peakBytes / 2 ** 20),
    losses: losses.map((l) => round(l, 4)),
  };
}
