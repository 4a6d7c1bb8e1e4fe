import { expect, test } from 'vitest';
import { ConfusionCounts, type Confusion } from '../src/evaluation/confusion-counts.js';

function tableOf(
  answers: readonly (readonly [expected: string, answer: string])[],
): Confusion | undefined {
  const counts = new ConfusionCounts();
  for (const [expected, answer] of answers) counts.add({ expected, answer });
  return counts.table();
}

test('counts which label was answered for which, and anything else', () => {
  expect(
    tableOf([
      ['spam', 'spam'],
      ['spam', ' ham\n'],
      ['ham', 'ham'],
      ['ham ', 'a long story'],
      ['ham', 'ham'],
    ]),
  ).toEqual({
    labels: ['ham', 'spam'],
    counts: [
      [2, 0, 1],
      [1, 1, 0],
    ],
  });
});

const repeated = (labels: number, rows: number): (readonly [string, string])[] =>
  Array.from({ length: rows }, (_, i) => [`label ${i % labels}`, 'x'] as const);

test('a few expected answers that come again are labels', () => {
  expect(tableOf(repeated(20, 40))!.labels).toHaveLength(20);
  expect(tableOf(repeated(21, 100))).toBeUndefined();
  expect(tableOf(repeated(20, 39))).toBeUndefined();
  expect(tableOf(repeated(1, 9))).toBeUndefined();
});

test('texts are no labels, however few they are', () => {
  const texts = ['first line\nsecond line', 'x'.repeat(61)];
  for (const text of texts)
    expect(tableOf([...repeated(2, 8), [text, text], [text, text]])).toBeUndefined();
});
