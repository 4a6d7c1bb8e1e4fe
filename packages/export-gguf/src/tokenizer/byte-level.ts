// Byte-level BPE (GPT-2, Llama 3, Qwen) as llama.cpp's `gpt2` tokenizer. The pattern that cuts a
// text into words is known there by a name, not by its expression: only tokenizers whose pattern is
// one of these can be written.
import { isJsonObject } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import type { JsonObject } from '@automodel/data';
import { text, type GgufValue } from '../gguf/gguf-value.js';
import { stepsOf } from './tokenizer-steps.js';
import type { Vocabulary } from './vocabulary.js';

/** Characters of a pre-tokenizer's steps that an error shows. */
const SHOWN = 120;

const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const words = (digits: string): string =>
  `${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ` +
  '?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

interface Known {
  /** `tokenizer.ggml.pre`. */
  readonly name: string;
  readonly steps: string;
  readonly ignoreMerges: boolean;
}

/**
 * Steps as `describe` writes them. `smaug-bpe` is Llama 3's pattern without its rule that whole
 * words of the vocabulary are taken as they are.
 */
const KNOWN: readonly Known[] = [
  { name: 'llama-bpe', steps: `split ${words('\\p{N}{1,3}')}`, ignoreMerges: true },
  { name: 'smaug-bpe', steps: `split ${words('\\p{N}{1,3}')}`, ignoreMerges: false },
  { name: 'qwen2', steps: `split ${words('\\p{N}')}`, ignoreMerges: false },
  { name: 'gpt-2', steps: 'gpt2', ignoreMerges: false },
  { name: 'smollm', steps: 'digits, gpt2', ignoreMerges: false },
];

/** Errors: `unsupported` naming the part of tokenizer.json that cannot be expressed. */
export function byteLevelMetadata(
  definition: JsonObject,
  { merges }: Vocabulary,
  where: string,
): [string, GgufValue][] {
  const refuse = (message: string): AutomodelError =>
    new AutomodelError('unsupported', `${message} cannot be written as GGUF`, { location: where });
  const { model, normalizer } = definition as {
    readonly model: JsonObject;
    readonly normalizer?: unknown;
  };
  if (isJsonObject(normalizer) && normalizer['type'] !== 'NFC')
    throw refuse(`the normalizer ${String(normalizer['type'])} of a byte-level tokenizer`);
  const steps = describe(definition['pre_tokenizer'], refuse).join(', ');
  const ignoreMerges = model['ignore_merges'] === true;
  const known = KNOWN.find(
    (candidate) => candidate.steps === steps && candidate.ignoreMerges === ignoreMerges,
  );
  if (known === undefined) {
    const shown = steps.length > SHOWN ? `${steps.slice(0, SHOWN)}...` : steps;
    const merges = ignoreMerges ? ', ignore_merges' : '';
    throw refuse(
      `the pre-tokenizer (${shown}${merges}) is not one that llama.cpp knows by name and`,
    );
  }
  return [
    ['tokenizer.ggml.model', text('gpt2')],
    ['tokenizer.ggml.pre', text(known.name)],
    ['tokenizer.ggml.merges', { type: 'strings', value: merges.map((pair) => pair.join(' ')) }],
  ];
}

/** True when a pre-tokenizer maps bytes to printable characters. */
export const isByteLevel = (preTokenizer: unknown): boolean =>
  stepsOf(preTokenizer, 'pretokenizers').some((step) => step['type'] === 'ByteLevel');

/** What a pre-tokenizer does, a word for each step. */
function describe(preTokenizer: unknown, refuse: (message: string) => AutomodelError): string[] {
  return stepsOf(preTokenizer, 'pretokenizers').flatMap((step) => {
    if (step['type'] === 'ByteLevel') {
      if (step['add_prefix_space'] === true) throw refuse('add_prefix_space of the pre-tokenizer');
      return step['use_regex'] === false ? [] : ['gpt2'];
    }
    if (step['type'] === 'Digits' && step['individual_digits'] === true) return ['digits'];
    const pattern = step['pattern'];
    if (
      step['type'] === 'Split' &&
      step['behavior'] === 'Isolated' &&
      step['invert'] !== true &&
      isJsonObject(pattern) &&
      typeof pattern['Regex'] === 'string'
    )
      return [`split ${pattern['Regex']}`];
    throw refuse(`the pre-tokenizer step ${String(step['type'])}`);
  });
}
