// Opens the held-out questions of a run, as the recipe's evaluation section names them.
import { locationOf, stopIdsOf, type Dataset, type Tokenizer } from '@automodel/data';
import type { ResolvedRecipe } from '@automodel/recipe';
import type { AnswerOptions } from '../evaluation/answer-rows.js';
import type { Metric } from '../evaluation/metrics/metric.js';
import { openMetrics } from '../evaluation/metrics/metrics.js';
import { stopTokensFor } from '../evaluation/stop-ids.js';
import { loadSection } from './load-section.js';
import type { OpenedRun } from './opened-run.js';
import { formatOf, openSection } from './open-section.js';

type Section = NonNullable<ResolvedRecipe['evaluation']>;

/** The questions of a run: which rows, how answers are generated, and when they are asked. */
export interface EvaluationSet extends Pick<
  Section,
  'before_training' | 'during_training' | 'after_training'
> {
  readonly dataset: Dataset;
  readonly tokenizer: Tokenizer;
  readonly options: Omit<AnswerOptions, 'stop'> & { readonly rows: ReadonlySet<string> };
  readonly numSamples: number;
  /**
   * How the answers are scored; runs the modules that the recipe names, which a check does not.
   * Empty: only the samples are answered. Errors: those of `openMetrics`.
   */
  readonly metrics: () => Promise<readonly Metric[]>;
}

/** Undefined if the recipe names no held-out rows. Errors: those of loading data. */
export async function openEvaluation(
  run: Pick<
    OpenedRun,
    'recipe' | 'workingDirectory' | 'tokenizer' | 'model' | 'modelFolder' | 'metrics'
  >,
  signal: AbortSignal | undefined,
): Promise<EvaluationSet | undefined> {
  const { recipe, workingDirectory } = run;
  const { evaluation } = recipe;
  const section = evaluation?.dataset;
  if (evaluation === null || section === undefined) return undefined;
  const { metrics: names, numeric_tolerance: tolerance } = evaluation;
  const isScored = names.length + run.metrics.length > 0;
  const metrics = async (): Promise<readonly Metric[]> => [
    ...(await openMetrics(names, { workingDirectory, tolerance })),
    ...run.metrics,
  ];
  const tokenizer = await run.tokenizer();
  const { folder } = await run.modelFolder();
  const dataset = await loadSection(tokenizer, section, {
    workingDirectory,
    vocabularySize: (await run.model()).vocabularySize,
    stopTokens: stopTokensFor(tokenizer, folder.eosTokenIds),
    signal,
  });
  const rows = dataset.samples
    .slice(0, isScored ? undefined : evaluation.num_samples)
    .map((sample) => locationOf(sample.source));
  const { before_training, during_training, after_training } = evaluation;
  return {
    before_training,
    during_training,
    after_training,
    dataset,
    tokenizer,
    numSamples: evaluation.num_samples,
    metrics,
    options: {
      files: await openSection(section, { workingDirectory, signal }),
      rows: new Set(rows),
      format: formatOf(section),
      useChatTemplate: section.use_hf_chat_template,
      stopIds: stopIdsOf(tokenizer, folder.eosTokenIds),
      maxNewTokens: evaluation.max_new_tokens,
      temperature: evaluation.temperature,
      topP: evaluation.top_p,
      seed: recipe.seed,
    },
  };
}
