// Rows as their formats read them, and what a template makes of them.
import {
  parseRow,
  readTokenizerFiles,
  Tokenizer,
  tokenizeRow,
  type ChatRow,
  type CompletionRow,
  type FormatOptions,
  type TokenizeOptions,
} from '../src/index.js';
import { tokenizerFolder } from './golden-tokenizers.js';

export type Row = Record<string, unknown>;
const source = { file: 'rows.jsonl', row: 7 };

export const parsed = (row: Row, format?: FormatOptions): ReturnType<typeof parseRow> =>
  parseRow(row, source, format);
export const chat = (row: Row, format?: FormatOptions): ChatRow => parsed(row, format) as ChatRow;
export const completion = (row: Row, format?: FormatOptions): CompletionRow =>
  parsed(row, format) as CompletionRow;

export const user = { role: 'user', content: 'u' };
export const assistant = { role: 'assistant', content: 'a' };

/** Qwen 2's tokenizer with another chat template. */
export const withTemplate = async (template: string): Promise<Tokenizer> =>
  new Tokenizer({
    ...(await readTokenizerFiles(tokenizerFolder('qwen2'))),
    chatTemplates: new Map([['default', template]]),
  });

/** The text of the trained tokens. */
export function trained(
  tokenizer: Tokenizer,
  row: Row,
  options: TokenizeOptions = {},
  format?: FormatOptions,
): string {
  const { labels } = tokenizeRow(tokenizer, parsed(row, format), options).sample;
  return tokenizer.decode([...labels].filter((label) => label !== -100));
}

/** The whole text. */
export function written(
  tokenizer: Tokenizer,
  row: Row,
  options: TokenizeOptions = {},
  format?: FormatOptions,
): string {
  return tokenizer.decode(tokenizeRow(tokenizer, parsed(row, format), options).sample.inputIds);
}
