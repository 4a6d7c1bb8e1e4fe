// How often each label was expected, answered, and both: what accuracy and F1 by label are made of.
import type { AnsweredQuestion } from './metric.js';

/** Counts of one label. */
export interface LabelCount {
  readonly label: string;
  readonly expected: number;
  readonly answered: number;
  readonly right: number;
}

/**
 * Counts of every label that is expected at least once, in order of their names. Answers and labels
 * are compared after trimming; an answer that is no label is wrong for the label it should be.
 */
export function labelCounts(answers: readonly AnsweredQuestion[]): readonly LabelCount[] {
  const pairs = answers.map(({ expected, answer }) => [expected.trim(), answer.trim()] as const);
  const labels = [...new Set(pairs.map(([expected]) => expected))].sort();
  const count = (test: (pair: readonly [string, string]) => boolean): number =>
    pairs.filter(test).length;
  return labels.map((label) => ({
    label,
    expected: count(([expected]) => expected === label),
    answered: count(([, answer]) => answer === label),
    right: count(([expected, answer]) => expected === label && answer === label),
  }));
}
