// F1 of each label, the harmonic mean of precision and recall (2 right / (expected + answered)),
// and their plain mean over the labels that are expected: macro F1.
import { labelCounts } from './label-counts.js';
import type { Metric } from './metric.js';

export const f1: Metric = {
  name: 'f1',
  score: (answers) => {
    const labels = labelCounts(answers).map(
      ({ label, right, expected, answered }) =>
        [label, (2 * right) / (expected + answered)] as const,
    );
    return {
      value: labels.reduce((sum, [, value]) => sum + value, 0) / labels.length,
      labels: Object.fromEntries(labels),
    };
  },
};
