// Training speed on random tokens: the same work as benchmarks/peers/torch_train.py (AdamW,
// learning rate 1e-4, weight decay 0.01, clipping at 1; every step on the same batch), so that the
// two can be compared.
import { HuggingFaceFolder } from '@automodel/checkpoint';
import type { Backend, LanguageModel } from '@automodel/contracts';
import { AutomodelError, philox } from '@automodel/core';
import { buildMicroBatch, type MicroBatch } from '@automodel/data';
import { adamw } from '../optimizers/adamw.js';
import { reportPrograms, type PlanReport } from '../estimate/plan-report.js';
import { processBytes } from '../estimate/process-bytes.js';
import {
  type CompileOptions,
  adapterBase,
  ModelSession,
  type Precision,
  type SessionAdapter,
} from '@automodel/session';
import { TrainingStep } from '../step/training-step.js';

/** What to measure, and on what. */
export interface BenchOptions extends CompileOptions {
  readonly backend: Backend;
  readonly folder: string;
  readonly createModel: (config: Readonly<Record<string, unknown>>) => LanguageModel;
  readonly precision: Precision;
  /** Trained in place of the model's weights; `rank` is printed. */
  readonly lora?: { readonly adapter: SessionAdapter; readonly rank: number } | undefined;
  /** Rows (default 4) and tokens per row (default 512); a recorded graph has its own. */
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
  readonly peak_rss_mb: number;
  readonly losses: readonly number[];
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
  const { backend, precision, steps = 5 } = options;
  const folder = await HuggingFaceFolder.open(options.folder);
  const model = options.createModel(folder.config);
  const { batch, seq } = sizesOf(model, options);
  for (const [name, value, least] of [
    ['batch', batch, 1],
    ['seq', seq, 2],
    ['steps', steps, 2],
  ] as const)
    if (!Number.isInteger(value) || value < least)
      throw new AutomodelError(
        'bad-argument',
        `${name} must be a whole number of at least ${least}, not ${value}`,
      );
  const baselineBytes = processBytes();
  if (seq > model.maxPositions)
    throw new AutomodelError(
      'bad-argument',
      `seq ${seq} is longer than the model's ${model.maxPositions} positions`,
    );
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
  const micro = randomBatch(model.vocabularySize, batch, seq, options.seed ?? 0);
  const report = reportPrograms(
    [await training.microProgram(micro.capacity), await training.updateProgram()],
    { device: backend.devices()[0]!, precision, baselineBytes },
  );
  const [seconds, losses]: [number[], number[]] = [[], []];
  for (let i = 0; i < steps; i++) {
    const started = performance.now();
    await training.micro(micro, { scale: 1 / micro.trainedTokens, first: true });
    const { loss, finite } = await training.update(i + 1, LEARNING_RATE, WEIGHT_DECAY);
    if (!finite)
      throw new AutomodelError('not-finite', `step ${i}: loss or gradient norm is not finite`);
    seconds.push((performance.now() - started) / 1000);
    losses.push(loss);
    options.onStep?.(i, seconds[i]!, loss, batch * seq);
  }
  const line = lineOf({ ...options, batch, seq }, seconds, losses);
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

interface Sizes {
  readonly batch: number;
  readonly seq: number;
}

/** Errors: `bad-argument` for sizes other than those that a model's batches are fixed to. */
function sizesOf({ batch: { rectangle } }: LanguageModel, { batch, seq }: BenchOptions): Sizes {
  if (rectangle === undefined) return { batch: batch ?? 4, seq: seq ?? 512 };
  const { rows, columns, source } = rectangle;
  if ((batch ?? rows) !== rows || (seq ?? columns) !== columns)
    throw new AutomodelError(
      'bad-argument',
      `the graph was recorded for ${rows} rows of ${columns} tokens, not ${batch ?? rows} of ` +
        `${seq ?? columns}`,
      { location: source },
    );
  return { batch: rows, seq: columns };
}

function lineOf(
  { backend, precision, lora, batch, seq }: BenchOptions & Sizes,
  seconds: readonly number[],
  losses: readonly number[],
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
    peak_rss_mb: Math.floor(process.resourceUsage().maxRSS / 1024),
    losses: losses.map((l) => round(l, 4)),
  };
}

function randomBatch(vocabulary: number, batch: number, seq: number, seed: number): MicroBatch {
  const rows = Array.from({ length: batch }, (_, row) => {
    const inputIds = Int32Array.from(
      { length: seq },
      (_, i) => philox([i, row, 0, 2], [seed, 0])[0] % vocabulary,
    );
    return { inputIds, labels: inputIds, source: { file: 'random', row: row + 1 } };
  });
  return buildMicroBatch(rows, { token: batch * seq, document: batch });
}
