import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadDataset, loadRows, Tokenizer } from '../src/index.js';

const tokenizer = await Tokenizer.fromPretrained(
  join(import.meta.dirname, '../../../goldens/tokenizers/qwen2'),
);
const rows = Array.from({ length: 5 }, (_, i) => ({
  prompt: `number ${'one '.repeat(i)}`,
  completion: `is ${i}`,
}));
async function* cursor(): AsyncGenerator<object> {
  for (const row of rows) yield await Promise.resolve(row);
}

test.each([
  {},
  { selection: { split: 'train[1:4]', shuffleSeed: 3, limit: 2 } },
  { maxLength: 28, overlong: 'drop' as const },
])('rows of an iterator are the rows of a file, with %j', async (options) => {
  const folder = await mkdtemp(join(tmpdir(), 'automodel-rows-'));
  try {
    const file = join(folder, 'rows.jsonl');
    await writeFile(file, rows.map((row) => JSON.stringify(row)).join('\n'));
    const expected = await loadDataset(tokenizer, file, options);
    for (const given of [rows, cursor()]) {
      const dataset = await loadRows(tokenizer, given, options);
      expect(
        dataset.samples
          .slice()
          .map(({ inputIds, labels, source }) => [inputIds, labels, source.row]),
      ).toEqual(
        expected.samples
          .slice()
          .map(({ inputIds, labels, source }) => [inputIds, labels, source.row]),
      );
      if (!('selection' in options))
        expect(dataset.samples.fingerprint).toBe(expected.samples.fingerprint);
      expect(dataset.report).toMatchObject({
        rows: expected.report.rows,
        samples: expected.report.samples,
        trainedTokens: expected.report.trainedTokens,
      });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test.each<[string, Iterable<unknown>, RegExp]>([
  ['a text', [rows[0], 'text'], /^rows:2: a row must be a JSON object, this one is a string$/],
  ['an array', [[]], /^rows:1: a row must be a JSON object, this one is an array$/],
  ['columns of no format', [rows[0], { other: 1 }], /^rows:2: /],
  ['nothing', [], /^rows: nothing to train on: no rows$/],
])('%s is refused with its row', async (_, given, message) => {
  await expect(loadRows(tokenizer, given as Iterable<object>)).rejects.toThrow(message);
});

test('an aborted signal stops reading', async () => {
  const controller = new AbortController();
  async function* endless(): AsyncGenerator<object> {
    for (let i = 0; ; i++) {
      if (i === 10) controller.abort();
      yield await Promise.resolve(rows[1]!);
    }
  }
  await expect(loadRows(tokenizer, endless(), { signal: controller.signal })).rejects.toMatchObject(
    { code: 'aborted' },
  );
});
