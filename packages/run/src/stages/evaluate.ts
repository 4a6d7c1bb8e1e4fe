// Stage: answers scored before and after training, and sample answers on the way. A stop ends it
// after the answer in progress, without losing what was trained.
import { AutomodelError } from '@automodel/core';
import { locationOf } from '@automodel/data';
import type { ModelSession } from '@automodel/session';
import type { Stop } from '@automodel/train';
import { answerRows, type Answer } from '../evaluation/answer-rows.js';
import { ConfusionCounts } from '../evaluation/confusion-counts.js';
import type { MetricScore } from '../evaluation/metrics/metric.js';
import { scoreAnswers } from '../evaluation/metrics/metrics.js';
import type { EvaluationEvent, EvaluationProgressEvent } from '../events/run-events.js';
import type { EvaluationSet } from '../open/open-evaluation.js';

/** The model, the questions and when to stop. */
export interface Questioning {
  readonly session: ModelSession;
  readonly questions: EvaluationSet | undefined;
  readonly stop: Stop;
  readonly tell: (text: string) => void;
}

/**
 * Answers the questions if the recipe asks for it. Yields the progress and at the end the result;
 * no result if it is stopped.
 */
export async function* evaluate(
  { session, questions, stop, tell }: Questioning,
  when: 'before' | 'after',
): AsyncGenerator<EvaluationEvent | EvaluationProgressEvent, void, undefined> {
  if (questions === undefined || !questions[`${when}_training`]) return;
  const { numSamples, metrics } = questions;
  const rows = rowsOf(questions, when);
  tell(phaseOf(questions, when, rows.size));
  const answers: Answer[] = [];
  const confusion = new ConfusionCounts();
  let correct = 0;
  for await (const answer of answersUntil(stop, session, questions, rows)) {
    const done = answers.push(answer);
    correct += answer.correct ? 1 : 0;
    confusion.add(answer);
    yield { type: 'evaluation-progress', when, done, total: rows.size, correct };
  }
  if (stop.requested) return;
  const scores = await scoreAnswers(await metrics(), answers);
  yield {
    type: 'evaluation',
    when,
    total: answers.length,
    correct,
    exactMatch: exactMatchIn(scores),
    scores,
    samples: answers.slice(0, numSamples),
    confusion: confusion.table(),
  };
}

/** An untrained model is measured on fewer rows: it is there to compare with, and mostly wrong. */
const ROWS_BEFORE = 40;

/** The rows that are answered. */
const rowsOf = (
  { options: { rows }, numSamples }: EvaluationSet,
  when: 'before' | 'after',
): ReadonlySet<string> =>
  when === 'after' ? rows : new Set([...rows].slice(0, Math.max(ROWS_BEFORE, numSamples)));

function phaseOf({ options }: EvaluationSet, when: 'before' | 'after', count: number): string {
  const all = options.rows.size;
  const on = count < all ? `the first ${count} of ${all} questions` : `${all} questions`;
  return `measuring the ${when === 'before' ? 'untrained' : 'trained'} model on ${on}`;
}

const exactMatchIn = (scores: readonly MetricScore[]): number | undefined =>
  scores.find(({ name }) => name === 'exact_match')?.value;

/**
 * Answers the first questions while training goes on; nothing if no samples are shown, or if this
 * is after the last step and all questions come next.
 */
export async function* sampleAnswers(
  { session, questions, stop }: Questioning,
  isLast: boolean,
): AsyncGenerator<EvaluationEvent, void, undefined> {
  if (questions?.during_training !== true || stop.requested) return;
  if (isLast && questions.after_training) return;
  const first = questions.dataset.samples.slice(0, questions.numSamples);
  const rows = new Set(first.map((sample) => locationOf(sample.source)));
  const samples: Answer[] = [];
  if (rows.size > 0)
    for await (const answer of answersUntil(stop, session, questions, rows)) samples.push(answer);
  if (samples.length > 0)
    yield {
      type: 'evaluation',
      when: 'during',
      total: samples.length,
      correct: samples.filter(({ correct }) => correct).length,
      exactMatch: undefined,
      scores: [],
      samples,
    };
}

/** The answers to `rows`, until the run is stopped. */
async function* answersUntil(
  stop: Stop,
  session: ModelSession,
  { tokenizer, options }: EvaluationSet,
  rows: ReadonlySet<string> | undefined,
): AsyncGenerator<Answer, void, undefined> {
  try {
    yield* answerRows(session, tokenizer, { ...options, rows, stop });
  } catch (error) {
    const isStop = error instanceof AutomodelError && error.code === 'aborted' && stop.requested;
    if (!isStop) throw error;
  }
}
