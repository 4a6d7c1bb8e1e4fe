// How answers to held-out rows are measured: by what the answers are, and only where they are short
// enough to be generated.
import type { MetricName } from '@automodel/recipe';
import { areLabels, areNumbers, wordsOf } from './column-profile.js';

/** What a recipe's evaluation section is written from. */
export interface EvaluationChoice {
  /** Rows that are answered. */
  readonly rows: number;
  readonly maxNewTokens: number;
  readonly metrics: readonly MetricName[];
}

/** Longer answers are not generated: the loss on held-out rows says enough of them. */
const MAX_TOKENS = 64;
/** Share of the answers that must be that short. */
const MOST = 0.95;
const ROUND_TO = 8;
/** Up to this many different numbers are grades, which are labels. */
const GRADES = 10;
/** Answers of more words can be nearly right. */
const SENTENCE = 5;
/** Rows that a model below this many parameters answers in a minute or two on a usual machine. */
const ROWS: readonly (readonly [below: number, rows: number])[] = [
  [200e6, 100],
  [2e9, 50],
  [Infinity, 20],
];

interface Answers {
  readonly answers: readonly string[];
  /** Tokens of each. */
  readonly lengths: readonly number[];
  readonly heldOut: number;
  readonly parameters: number;
}

/** Undefined where nothing is held out, or answers are long. */
export function chooseEvaluation(given: Answers): EvaluationChoice | undefined {
  const { answers, heldOut, parameters } = given;
  if (answers.length === 0 || heldOut === 0) return undefined;
  const lengths = given.lengths.toSorted((a, b) => a - b);
  const usual = lengths[Math.ceil(MOST * lengths.length) - 1] ?? Infinity;
  if (usual > MAX_TOKENS) return undefined;
  const longest = Math.min(MAX_TOKENS, lengths.at(-1) ?? 0);
  const rows = ROWS.find(([below]) => parameters < below)?.[1] ?? 0;
  return {
    rows: Math.min(heldOut, rows),
    // the token that ends an answer, and some room
    maxNewTokens: Math.ceil((longest + 2) / ROUND_TO) * ROUND_TO,
    metrics: metricsFor(answers.map((answer) => answer.trim())),
  };
}

function metricsFor(answers: readonly string[]): readonly MetricName[] {
  const isGrade = new Set(answers).size <= GRADES;
  if (areNumbers(answers) && !isGrade) return ['exact_match', 'numeric'];
  if (areLabels(answers)) return ['accuracy', 'f1'];
  const words = answers.reduce((sum, answer) => sum + wordsOf(answer).length, 0);
  return words / answers.length > SENTENCE ? ['exact_match', 'rouge_l'] : ['exact_match'];
}
