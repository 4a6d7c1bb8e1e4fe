import { expect, test } from 'vitest';
import { metricHeading, metricLabel, metricOfLabel } from '../src/format/metric-label.js';

test('metrics are called the same everywhere, and those of users as they are written', () => {
  expect(['f1', 'rouge_l', 'numeric', 'polite', 'constructor'].map(metricLabel)).toEqual([
    'macro F1',
    'ROUGE-L',
    'numbers right',
    'polite',
    'constructor',
  ]);
  expect([metricOfLabel('f1'), metricOfLabel('accuracy')]).toEqual(['F1', 'accuracy']);
  expect(
    ['accuracy', 'f1', 'polite'].map((name) => metricHeading(name, metricLabel(name))),
  ).toEqual(['Accuracy', 'Macro F1', 'polite']);
});
