import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDataFiles } from '@automodel/data';
import { rowBatches, textBatches } from '../src/init/batch-choice.js';
import { chooseEvaluation } from '../src/init/choose-evaluation.js';
import { heldOutOf } from '../src/init/held-out.js';
import { learningRate } from '../src/init/learning-rate.js';
import { textUnitOf } from '../src/init/look-at-data.js';

test('a tenth of the rows is held out, at most 500; of a few none', () => {
  expect([0, 9, 10, 99, 1000, 5000, 1e6].map(heldOutOf)).toEqual([0, 0, 1, 9, 100, 500, 500]);
});

test('larger models learn at lower rates, adapters at higher ones', () => {
  const rates = (method: 'full' | 'lora' | 'qlora'): number[] =>
    [1e6, 100e6, 0.6e9, 8e9, 70e9].map((parameters) => learningRate({ method, parameters }));
  expect(rates('full')).toEqual([5e-4, 2e-4, 5e-5, 2e-5, 1e-5]);
  expect(rates('lora')).toEqual([3e-3, 1e-3, 5e-4, 2e-4, 1e-4]);
  expect(rates('qlora')).toEqual(rates('lora'));
});

const evaluationOf = (
  answers: readonly string[],
  { lengths = answers.map(() => 3), heldOut = 30, parameters = 1e6 } = {},
): ReturnType<typeof chooseEvaluation> =>
  chooseEvaluation({ answers, lengths, heldOut, parameters });

test('answers are scored by what they are', () => {
  const many = (answer: (i: number) => string): string[] =>
    Array.from({ length: 40 }, (_, i) => answer(i));
  expect(evaluationOf(many((i) => ['yes', 'no'][i % 2]!))?.metrics).toEqual(['accuracy', 'f1']);
  expect(evaluationOf(many((i) => String(1 + (i % 5))))?.metrics).toEqual(['accuracy', 'f1']);
  expect(evaluationOf(many((i) => String(i % 13)))?.metrics).toEqual(['exact_match', 'numeric']);
  expect(evaluationOf(many((i) => `Name ${i}`))?.metrics).toEqual(['exact_match']);
  expect(evaluationOf(many((i) => `this is a longer sentence with number ${i}`))?.metrics).toEqual([
    'exact_match',
    'rouge_l',
  ]);
});

test('long answers are not generated, and large models answer fewer rows', () => {
  const answers = Array.from({ length: 100 }, (_, i) => `Name ${i}`);
  const lengths = (long: number): number[] => answers.map((_, i) => (i < long ? 65 : 20));
  expect(evaluationOf(answers, { lengths: lengths(6) })).toBeUndefined();
  expect(evaluationOf(answers, { lengths: lengths(5) })?.maxNewTokens).toBe(72);
  expect(evaluationOf(answers, { lengths: lengths(0) })?.maxNewTokens).toBe(24);
  expect(evaluationOf(answers, { heldOut: 0 })).toBeUndefined();
  const rows = (parameters: number): number | undefined =>
    evaluationOf(answers, { heldOut: 500, parameters })?.rows;
  expect([1e6, 1e9, 8e9].map(rows)).toEqual([100, 50, 20]);
  expect(evaluationOf(answers, { heldOut: 7 })?.rows).toBe(7);
});

test('text is packed so that an epoch has steps, and rows are batched as they fit', () => {
  const text = { count: 50, isAll: true, longest: 400, tokens: 40_000 };
  expect(textBatches(text, 4096, undefined)).toMatchObject({
    globalBatchSize: 8,
    localBatchSize: 1,
    text: { packLength: 512 },
  });
  expect(textBatches({ ...text, isAll: false }, 1024, 'document')).toMatchObject({
    globalBatchSize: 16,
    text: { packLength: 1024, sampleBy: 'document' },
  });
  expect(rowBatches({ count: 20, isAll: true, longest: 79, tokens: 1500 }, 512)).toEqual({
    globalBatchSize: 16,
    localBatchSize: 16,
    seqLength: undefined,
    rowLength: 79,
    text: undefined,
  });
});

test('of many text files each is a document, blank lines part paragraphs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'texts-'));
  const unitOf = async (count: number, text: string): Promise<string | undefined> => {
    const names = Array.from({ length: count }, (_, i) => join(folder, `${count}-${i}.txt`));
    for (const name of names) await writeFile(name, text);
    return textUnitOf(await openDataFiles(names));
  };
  expect(await unitOf(10, 'a\nb\n')).toBe('document');
  expect(await unitOf(1, 'a\nb\n\n'.repeat(12))).toBe('paragraph');
  expect(await unitOf(2, 'a\nb\n'.repeat(12))).toBeUndefined();
});
