// Rows in files of their own, and the samples that come of them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { loadDataset, Tokenizer, type DatasetOptions, type Sample } from '../src/index.js';
import { tokenizerFolder } from './golden-tokenizers.js';

export const folder = mkdtempSync(join(tmpdir(), 'automodel-data-'));
afterAll(() => rmSync(folder, { recursive: true }));

export let files = 0;
export const file = (content: string | Uint8Array, extension = 'jsonl'): string => {
  const path = join(folder, `data${files++}.${extension}`);
  writeFileSync(path, content);
  return path;
};
export const jsonl = (...rows: unknown[]): string =>
  file(rows.map((row) => JSON.stringify(row)).join('\n') + '\n');

export let chatml: Tokenizer;
export let unigram: Tokenizer;
export let gemma: Tokenizer;
beforeAll(async () => {
  [chatml, unigram, gemma] = await Promise.all([
    Tokenizer.fromPretrained(tokenizerFolder('qwen2')),
    Tokenizer.fromPretrained(tokenizerFolder('unigram')),
    Tokenizer.fromPretrained(tokenizerFolder('gemma')),
  ]);
});

export const trainedText = (tokenizer: Tokenizer, sample: Sample | undefined): string =>
  tokenizer.decode([...(sample?.labels ?? [])].filter((label) => label !== -100));
export const load = async (
  tokenizer: Tokenizer,
  path: string,
  options?: DatasetOptions,
): Promise<readonly Sample[]> => (await loadDataset(tokenizer, path, options)).samples.slice();

export const none = { count: 0, tokens: 0, first: [] };
