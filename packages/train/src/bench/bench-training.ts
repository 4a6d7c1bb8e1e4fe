// Training speed on random tokens: the same work as benchmarks/peers/torch_train.py (AdamW,
// learning rate 1e-4, weight decay 0.01, clipping at 1; every step on the same batch), so that the
// two can be compared.
import { HuggingFaceFolder } from '@automodel/checkpoint';
import type { Backend, LanguageModel, Parallelism } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { adamw } from '../optimizers/adamw.js';
import { arenaBudget } from '../estimate/arena-budget.js';
import { reportPrograms, type PlanReport } from '../estimate/plan-report.js';
import { processBytes } from '../estimate/process-bytes.js';
import { PeakMemory } from '../metrics/peak-memory.js';
import {
  type CompileOptions,
  adapterBase,
  interceptorsOf,
  ModelSession,
  singleProcess,
  type Precision,
  type SessionAdapter,
} from '@automodel/session';
import { TrainingStep } from '../step/training-step.js';
import { benchSizes, type BenchSizes } from './bench-sizes.js';
import { stepBatches } from './step-batches.js';

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
  /**
   * Tokens of documents, which are packed into the rows, as tightly as they go; after the last of
   * them comes the first again. Absent: each row is a document.
   */
  readonly lengths?: readonly number[] | undefined;
  /** Default 5, at least 2: the first is not counted. */
  readonly steps?: number | undefined;
  readonly seed?: number | undefined;
  /** Bytes that the whole run may take, as `memory.budget_gb` of recipes. Default: no limit. */
  readonly budgetBytes?: number | undefined;
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
  /** Only where the lengths of documents were given: their number. */
  readonly documents?: number;
  /**
   * Tokens per second of the best step after the first; with documents of given lengths, which make
   * steps differ, of all steps after the first.
   */
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

/** The moments of AdamW. */
const OPTIMIZER_STATES = 2;

/** What limits the memory of programs. Errors: `out-of-memory` for a budget that is too small. */
function limitOf(
  { budgetBytes, lora, precision }: BenchOptions,
  model: LanguageModel,
  folder: HuggingFaceFolder,
  parallelism: Parallelism,
): Pick<CompileOptions, 'arenaBudgetBytes'> {
  if (budgetBytes === undefined) return {};
  const adapter = lora?.adapter.adapter;
  const arenaBudgetBytes = arenaBudget(budgetBytes, {
    model,
    precision,
    trainable: (name) => adapter === undefined || adapter.owns(name),
    storedDType: (name) => folder.storedDType(name),
    interceptors: interceptorsOf(parallelism, adapter === undefined ? [] : [adapter.interceptor]),
    optimizerStates: OPTIMIZER_STATES,
  });
  return { arenaBudgetBytes };
}

/**
 * Measures training steps on random tokens. Errors: `bad-argument` for sizes, `not-finite`,
 * `out-of-memory` for a budget that does not hold weights and states.
 */
export async function benchTraining(options: BenchOptions): Promise<BenchResult> {
  const { backend, precision, parallelism = singleProcess, steps = 5 } = options;
  const { data: ranks } = parallelism.mesh;
  const folder = await HuggingFaceFolder.open(options.folder);
  const model = options.createModel(folder.config);
  const { batch, seq } = benchSizes(model, { ...options, steps }, ranks.size);
  const batches = stepBatches({ ...options, model, batch, seq, ranks });
  using memory = new PeakMemory(backend);
  const baselineBytes = processBytes(backend);
  await using session = await ModelSession.load(
    {
      ...options,
      ...limitOf(options, model, folder, parallelism),
      model,
      adapter: options.lora?.adapter,
      precision,
      trainable: () => true,
    },
    folder.weights.tensors,
    folder.path,
  );
  const training = new TrainingStep(session, {
    optimizer: adamw({ betas: [0.9, 0.999], eps: 1e-8 }),
    maxNorm: 1,
  });
  const report = reportPrograms(await training.programs(batches.capacity), {
    device: backend.devices()[0]!,
    precision,
    baselineBytes,
  });
  const measured: MeasuredStep[] = [];
  for (let i = 0; i < steps; i++) {
    const started = performance.now();
    const { micro, tokens, trainedTokens } = batches.next();
    await training.micro(micro, { scale: 1 / trainedTokens, first: true });
    const { loss, finite } = await training.update(i + 1, LEARNING_RATE, WEIGHT_DECAY);
    if (!finite)
      throw new AutomodelError('not-finite', `step ${i}: loss or gradient norm is not finite`);
    const seconds = (performance.now() - started) / 1000;
    measured.push({ seconds, loss, tokens });
    options.onStep?.(i, seconds, loss, tokens);
  }
  const peak = await memory.highest(parallelism.host);
  const line = {
    ...lineOf({ ...options, batch, seq }, measured, peak),
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

/** What a step took, and what it trained on in all processes. */
interface MeasuredStep {
  readonly seconds: number;
  readonly loss: number;
  readonly tokens: number;
}

function lineOf(
  { backend, precision, lora, batch, seq, lengths }: BenchOptions & BenchSizes,
  measured: readonly MeasuredStep[],
  peakBytes: number,
): BenchLine {
  const round = (value: number, digits: number): number => Number(value.toFixed(digits));
  return {
    peer: `automodel ${backend.name} ${backend.version}`,
    dtype: precision,
    lora: lora?.rank ?? 0,
    batch,
    seq,
    ...(lengths === undefined ? {} : { documents: lengths.length }),
    tok_s: round(tokensPerSecond(measured.slice(1), lengths !== undefined), 1),
    seconds: measured.map(({ seconds }) => round(seconds, 3)),
    peak_rss_mb: Math.floor(peakBytes / 2 ** 20),
    losses: measured.map(({ loss }) => round(loss, 4)),
  };
}

/** Of all these steps together, or of the fastest. */
function tokensPerSecond(steps: readonly MeasuredStep[], together: boolean): number {
  if (!together) return Math.max(...steps.map(({ tokens, seconds }) => tokens / seconds));
  const sum = (of: (step: MeasuredStep) => number): number =>
    steps.reduce((total, step) => total + of(step), 0);
  return sum(({ tokens }) => tokens) / sum(({ seconds }) => seconds);
}
