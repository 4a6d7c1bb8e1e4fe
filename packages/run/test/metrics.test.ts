import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openMetrics, ownMetric, scoreAnswers, type AnsweredQuestion } from '@automodel/run';
import { rougeLOf } from '../src/evaluation/metrics/rouge-l.js';
import rouge from '../../../goldens/metrics/rouge-l.json' with { type: 'json' };
import labels from '../../../goldens/metrics/labels.json' with { type: 'json' };

const answered = (pairs: readonly (readonly [string, string])[]): AnsweredQuestion[] =>
  pairs.map(([expected, answer]) => ({ prompt: '', expected, answer }));

const score = async (
  names: readonly string[],
  pairs: readonly (readonly [string, string])[],
  tolerance?: { readonly absolute: number; readonly relative: number },
): ReturnType<typeof scoreAnswers> =>
  scoreAnswers(await openMetrics(names, { workingDirectory: '.', tolerance }), answered(pairs));

test('ROUGE-L is that of rouge_score without a stemmer', () => {
  for (const { expected, answer, value } of rouge)
    expect([expected, answer, rougeLOf(expected, answer)]).toEqual([
      expected,
      answer,
      expect.closeTo(value, 12),
    ]);
});

test('ROUGE-L counts words of other scripts, and characters where words are not parted', () => {
  expect(rougeLOf('Größe der Tür', 'die Größe der alten Tür')).toBeCloseTo(6 / 8, 12);
  expect(rougeLOf('今日は雨', '今日は晴')).toBeCloseTo(3 / 4, 12);
});

test('accuracy and F1 by label are those of scikit-learn', async () => {
  const pairs = labels.expected.map((expected, i) => [expected, labels.answers[i]!] as const);
  const [accuracy, f1] = await score(['accuracy', 'f1'], pairs);
  expect(accuracy?.value).toBeCloseTo(labels.accuracy, 12);
  expect(f1?.value).toBeCloseTo(labels.macro_f1, 12);
  for (const [label, own] of Object.entries(labels.by_label)) {
    expect(accuracy?.labels?.[label]).toBeCloseTo(own.recall, 12);
    expect(f1?.labels?.[label]).toBeCloseTo(own.f1, 12);
  }
  expect(Object.keys(f1?.labels ?? {})).toEqual(Object.keys(labels.by_label));
});

test.each([
  ['12', 'it is 12', true],
  ['1,234.5', '1234.5', true],
  ['3,5', '3.5', true],
  ['-2', '−2', true],
  ['100', '101', true],
  ['100', '102', false],
  ['0', '0.02', false],
  ['12', 'twelve', false],
  ['none', 'none ', true],
])('a number that should be %s and is %s', async (expected, answer, isRight) => {
  const [numeric] = await score(['numeric'], [[expected, answer]], {
    absolute: 0.01,
    relative: 0.01,
  });
  expect(numeric?.value).toBe(isRight ? 1 : 0);
});

test('a function of a module is a metric, named as its file is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'metrics-'));
  await writeFile(
    join(folder, 'short.mjs'),
    'export default async (answers) => answers.filter((a) => a.answer.length < 3).length;',
  );
  await writeFile(join(folder, 'none.mjs'), 'export const score = 1;');
  const open = (name: string): ReturnType<typeof openMetrics> =>
    openMetrics([name], { workingDirectory: folder });
  const pairs = answered([
    ['a', 'b'],
    ['a', 'long'],
  ]);
  expect(await scoreAnswers(await open('./short.mjs'), pairs)).toEqual([
    { name: 'short', value: 1 },
  ]);
  await expect(open('./none.mjs')).rejects.toThrow(/exports no function/);
  await expect(open('./absent.mjs')).rejects.toThrow(/there is no metric/);
  await expect(open('fluency')).rejects.toThrow(/there is no metric "fluency"/);
  const wrong = ownMetric('odd', () => NaN);
  await expect(scoreAnswers([wrong], pairs)).rejects.toThrow(/the metric odd gave/);
});
