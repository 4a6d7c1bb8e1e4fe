import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkData, checkModel, checkOutput } from '../src/init/check-answers.js';
import { KeptAnswers } from '../src/init/kept-answers.js';

const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'answers-'));

test('a model is a folder with config.json, or could be one of the hub', async () => {
  const root = await folder();
  await mkdir(join(root, 'model'));
  expect(await checkModel('model', root)).toMatch(/holds no config\.json/);
  await writeFile(join(root, 'model/config.json'), '{}');
  expect(await checkModel('model', root)).toBe(true);
  expect(await checkModel('model/config.json', root)).toMatch(/is a file/);
  expect(await checkModel('modle', root)).toMatch(/There is no "modle" here/);
  expect(await checkModel('./owner/name', root)).toMatch(/There is no/);
  expect(await checkModel('owner/name', root)).toBe(true);
});

test('data can be read, and has rows', async () => {
  const root = await folder();
  await writeFile(join(root, 'rows.csv'), 'a,b\n1,2\n');
  await writeFile(join(root, 'head.csv'), 'a,b\n');
  await writeFile(join(root, 'bad.csv'), 'a,,b\n1,2,3\n');
  expect(await checkData('rows.csv', root)).toBe(true);
  expect(await checkData('head.csv', root)).toMatch(/holds no rows/);
  expect(await checkData('bad.csv', root)).toMatch(/column 2 has no name/);
  expect(await checkData('absent.csv', root)).toMatch(/There is no "absent\.csv" here/);
});

test('a result needs a folder that is new or empty', async () => {
  const root = await folder();
  await writeFile(join(root, 'file'), '');
  expect(await checkOutput('new', root)).toBe(true);
  expect(await checkOutput('file', root)).toMatch(/is a file/);
  expect(await checkOutput('.', root)).toMatch(/is not empty/);
});

test('answers are kept for their recipe until they are used, and damage is no error', async () => {
  const cache = await folder();
  const first = await KeptAnswers.open(cache, '/a/recipe.yaml');
  expect(first.isEmpty).toBe(true);
  await first.keep({ model: 'm' });
  await first.keep({ epochs: 2, columns: { prompt: 'q', completion: 'a' } });
  const again = await KeptAnswers.open(cache, '/a/recipe.yaml');
  expect(again.answers).toEqual({
    model: 'm',
    epochs: 2,
    columns: { prompt: 'q', completion: 'a' },
  });
  expect((await KeptAnswers.open(cache, '/b/recipe.yaml')).isEmpty).toBe(true);
  await again.forget();
  expect((await KeptAnswers.open(cache, '/a/recipe.yaml')).isEmpty).toBe(true);
  const blocked = await KeptAnswers.open('/dev/null', '/a/recipe.yaml');
  await blocked.keep({ model: 'm' });
  expect(blocked.answers).toEqual({ model: 'm' });
});
