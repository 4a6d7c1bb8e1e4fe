// Exact match before and after training, and sample answers on the way, as the recipe's evaluation
// section asks for it.
import { AutomodelError } from '@automodel/core';
import { locationOf, type Dataset } from '@automodel/data';
import type { ModelSession } from '@automodel/session';
import { loadSection } from '../open/load-section.js';
import { formatOf, openSection } from '../open/open-section.js';
import { answerRows, type Answer, type ExactMatchOptions } from '../evaluation/exact-match.js';
import { stopIdsFor } from '../evaluation/stop-ids.js';
import type { RunContainer } from '../open/run-container.js';
import { PARTS } from '../open/tokens.js';
import type { EvaluationEvent, EvaluationProgressEvent } from '../events/run-events.js';

/** The questions of a run: which rows, and how answers are generated. */
export interface EvaluationSet {
  readonly dataset: Dataset;
  readonly options: ExactMatchOptions;
  readonly numSamples: number;
  /** Otherwise only the samples are answered. */
  readonly exactMatch: boolean;
}

/** Reads the held-out rows; undefined when the recipe names none. Errors: those of loading data. */
export async function openEvaluation(
  parts: RunContainer,
  signal: AbortSignal | undefined,
): Promise<EvaluationSet | undefined> {
  const { recipe } = parts.get(PARTS.recipe);
  const { evaluation } = recipe;
  const section = evaluation?.dataset;
  if (evaluation === null || section === undefined) return undefined;
  const tokenizer = await parts.get(PARTS.tokenizer);
  const workingDirectory = parts.get(PARTS.workingDirectory);
  const dataset = await loadSection(tokenizer, section, {
    workingDirectory,
    vocabularySize: (await parts.get(PARTS.model)).vocabularySize,
    signal,
  });
  const { folder } = await parts.get(PARTS.modelFolder);
  const rows = dataset.samples
    .slice(0, evaluation.exact_match ? undefined : evaluation.num_samples)
    .map((sample) => locationOf(sample.source));
  return {
    dataset,
    numSamples: evaluation.num_samples,
    exactMatch: evaluation.exact_match,
    options: {
      files: await openSection(section, { workingDirectory, signal }),
      rows: new Set(rows),
      format: formatOf(section),
      useChatTemplate: section.use_hf_chat_template,
      stopIds: stopIdsFor(tokenizer, folder.eosTokenIds),
      maxNewTokens: evaluation.max_new_tokens,
      temperature: evaluation.temperature,
      topP: evaluation.top_p,
      seed: recipe.seed,
      signal,
    },
  };
}

/**
 * The answers up to where the run was stopped, if it was: what is trained is not lost over an
 * unfinished answer.
 */
async function* untilStopped(
  answers: AsyncIterable<Answer>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Answer, void, undefined> {
  try {
    yield* answers;
  } catch (error) {
    if (!(error instanceof AutomodelError && error.code === 'aborted' && signal?.aborted === true))
      throw error;
  }
}

/** Answers the first questions while training goes on; nothing when none are shown in full. */
export async function* sampleAnswers(
  parts: RunContainer,
  session: ModelSession,
  { dataset, numSamples, options }: EvaluationSet,
): AsyncGenerator<EvaluationEvent, void, undefined> {
  const rows = new Set(
    dataset.samples.slice(0, numSamples).map((sample) => locationOf(sample.source)),
  );
  const samples: Answer[] = [];
  if (rows.size > 0)
    for await (const answer of untilStopped(
      answerRows(session, await parts.get(PARTS.tokenizer), { ...options, rows }),
      options.signal,
    ))
      samples.push(answer);
  if (samples.length > 0)
    yield {
      type: 'evaluation',
      when: 'during',
      total: samples.length,
      correct: samples.filter(({ correct }) => correct).length,
      exactMatch: undefined,
      samples,
    };
}

/**
 * Answers the questions, telling the progress and at the end the result; no result when it is
 * stopped.
 */
export async function* evaluate(
  parts: RunContainer,
  session: ModelSession,
  set: EvaluationSet,
  when: 'before' | 'after',
): AsyncGenerator<EvaluationEvent | EvaluationProgressEvent, void, undefined> {
  const samples: Answer[] = [];
  let [done, correct] = [0, 0];
  for await (const answer of untilStopped(
    answerRows(session, await parts.get(PARTS.tokenizer), set.options),
    set.options.signal,
  )) {
    done += 1;
    correct += answer.correct ? 1 : 0;
    if (samples.length < set.numSamples) samples.push(answer);
    yield {
      type: 'evaluation-progress',
      when,
      done,
      total: set.options.rows?.size ?? done,
      correct,
    };
  }
  if (set.options.signal?.aborted === true) return;
  yield {
    type: 'evaluation',
    when,
    total: done,
    correct,
    exactMatch: set.exactMatch && done > 0 ? correct / done : undefined,
    samples,
  };
}
