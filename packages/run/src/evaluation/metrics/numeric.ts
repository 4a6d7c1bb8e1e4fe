// The share of answers whose number is close enough to the expected one.
import { isExact, meanOf, type AnsweredQuestion, type Metric } from './metric.js';

/** How far a number may be off: `absolute + relative * |expected|`, as numpy.isclose adds them. */
export interface NumericTolerance {
  readonly absolute: number;
  readonly relative: number;
}

/** With thousands separators, with a decimal point or comma, or whole; then an exponent. */
const NUMBERS =
  /[-+−]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+[.,]\d+|\d+|\.\d+)(?:[eE][-+]?\d+)?/g;
const GROUPED = /^[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?:e|$)/i;

/** The last number in a text; undefined without one. */
export function numberIn(text: string): number | undefined {
  const found = text.match(NUMBERS)?.at(-1)?.replace('−', '-');
  if (found === undefined) return undefined;
  return Number(GROUPED.test(found) ? found.replaceAll(',', '') : found.replace(',', '.'));
}

/** An expected answer without a number must be met exactly. */
function isClose(question: AnsweredQuestion, { absolute, relative }: NumericTolerance): boolean {
  const [expected, answer] = [numberIn(question.expected), numberIn(question.answer)];
  if (expected === undefined) return isExact(question);
  if (answer === undefined) return false;
  return Math.abs(answer - expected) <= absolute + relative * Math.abs(expected);
}

export const numeric = (tolerance: NumericTolerance): Metric => ({
  name: 'numeric',
  score: (answers) => ({
    value: meanOf(answers, (answer) => (isClose(answer, tolerance) ? 1 : 0)),
  }),
});
