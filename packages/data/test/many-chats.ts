// Chats in files of their own, as many as are asked for.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tokenizer, type SampleSet } from '../src/index.js';
import { tokenizerFolder } from './golden-tokenizers.js';

export const folder = mkdtempSync(join(tmpdir(), 'automodel-preparation-'));

export const tokenizer = await Tokenizer.fromPretrained(tokenizerFolder('qwen2'));

export const chat = (i: number): unknown => ({
  messages: [
    { role: 'user', content: `question ${i} ${'why '.repeat(i % 7)}` },
    { role: 'assistant', content: `answer ${i * 31} ${'because '.repeat(i % 11)}` },
  ],
});
export let files = 0;
export const write = (rows: readonly unknown[], name = `data${files++}.jsonl`): string => {
  writeFileSync(
    join(folder, name),
    `${rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n')}\n`,
  );
  return join(folder, name);
};
export const rows = (count: number): unknown[] => Array.from({ length: count }, (_, i) => chat(i));
export const rowNumbers = (samples: SampleSet): number[] =>
  samples.slice().map(({ source }) => source.row);
