// Rows in files of their own, and the samples that come of them.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDataset, Tokenizer, type DatasetOptions, type Sample } from '../src/index.js';
import { tokenizerFolder } from './golden-tokenizers.js';

export const folder = mkdtempSync(join(tmpdir(), 'automodel-data-'));

export let files = 0;
export const file = (content: string | Uint8Array, extension = 'jsonl'): string => {
  const path = join(folder, `data${files++}.${extension}`);
  writeFileSync(path, content);
  return path;
};
export const jsonl = (...rows: unknown[]): string =>
  file(rows.map((row) => JSON.stringify(row)).join('\n') + '\n');

const golden = (name: Parameters<typeof tokenizerFolder>[0]): Promise<Tokenizer> =>
  Tokenizer.fromPretrained(tokenizerFolder(name));
export const chatml = await golden('qwen2');
export const unigram = await golden('unigram');
export const gemma = await golden('gemma');

export const trainedText = (tokenizer: Tokenizer, sample: Sample | undefined): string =>
  tokenizer.decode([...(sample?.labels ?? [])].filter((label) => label !== -100));
export const load = async (
  tokenizer: Tokenizer,
  path: string,
  options?: DatasetOptions,
): Promise<readonly Sample[]> => (await loadDataset(tokenizer, path, options)).samples.slice();

export const none = { count: 0, tokens: 0, first: [] };
