// The tokenizer references of the repository's goldens/, made with transformers.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ChatMessage } from '../src/index.js';

export interface GoldenText {
  readonly text: string;
  readonly ids: readonly number[];
  readonly ids_no_special: readonly number[];
  readonly decoded: string;
  readonly decoded_skip_special: string;
}

export interface GoldenChat {
  readonly messages: readonly ChatMessage[];
  readonly add_generation_prompt?: boolean;
  readonly error?: string;
  readonly text?: string;
  readonly ids?: readonly number[];
  readonly assistant_mask?: readonly number[] | null;
}

export const tokenizerNames = ['gemma', 'llama2', 'llama3', 'qwen2', 'unigram'] as const;

export function tokenizerFolder(name: (typeof tokenizerNames)[number]): string {
  return fileURLToPath(new URL(`../../../goldens/tokenizers/${name}`, import.meta.url));
}

export function readGolden(name: (typeof tokenizerNames)[number]): {
  readonly texts: readonly GoldenText[];
  readonly chats: readonly GoldenChat[];
} {
  return JSON.parse(readFileSync(`${tokenizerFolder(name)}/golden.json`, 'utf8')) as ReturnType<
    typeof readGolden
  >;
}
