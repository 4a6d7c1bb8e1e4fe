// The share of right labels, and for each label the share of its rows that were answered right.
import { labelCounts } from './label-counts.js';
import { isExact, meanOf, type Metric } from './metric.js';

export const accuracy: Metric = {
  name: 'accuracy',
  score: (answers) => ({
    value: meanOf(answers, (answer) => (isExact(answer) ? 1 : 0)),
    labels: Object.fromEntries(
      labelCounts(answers).map(({ label, right, expected }) => [label, right / expected]),
    ),
  }),
};
