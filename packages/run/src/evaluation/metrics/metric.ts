// What a metric is: a name and a function from answers to a score. The table of those that come
// along is metrics.ts; your own function is one more.

/** A question that was answered. */
export interface AnsweredQuestion {
  /** The last turn before the answer. */
  readonly prompt: string;
  readonly expected: string;
  readonly answer: string;
}

/** What a metric says of some answers. */
export interface MetricScore {
  readonly name: string;
  /** Usually from 0 to 1, where more is better. */
  readonly value: number;
  /** The same for the answers that should have been each label. */
  readonly labels?: Readonly<Record<string, number>> | undefined;
}

/** A score without its name. */
export type MetricValue = Omit<MetricScore, 'name'>;

/** One way to score answers. */
export interface Metric {
  readonly name: string;
  /** At least one answer. */
  readonly score: (answers: readonly AnsweredQuestion[]) => MetricValue | Promise<MetricValue>;
}

/** Whether an answer is the expected one after trimming: what exact match and labels go by. */
export const isExact = ({ answer, expected }: Omit<AnsweredQuestion, 'prompt'>): boolean =>
  answer.trim() === expected.trim();

/** The mean of a number over all answers. */
export const meanOf = (
  answers: readonly AnsweredQuestion[],
  read: (answer: AnsweredQuestion) => number,
): number => answers.reduce((sum, answer) => sum + read(answer), 0) / answers.length;
