// The share of answers that are equal to the expected ones after trimming.
import { isExact, meanOf, type Metric } from './metric.js';

export const exactMatch: Metric = {
  name: 'exact_match',
  score: (answers) => ({ value: meanOf(answers, (answer) => (isExact(answer) ? 1 : 0)) }),
};
