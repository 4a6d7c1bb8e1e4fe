// Byte-level BPE (GPT-2, Llama 3, Qwen, tekken, DeepSeek) as llama.cpp's `gpt2` tokenizer. The
// pattern that cuts a text into words is known there by a name, not by its expression: the name is
// found by llama.cpp's own rule, the ids of one text, or else by what the pre-tokenizer does.
import { isJsonObject } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import { Tokenizer, type JsonObject } from '@automodel/data';
import { text, type GgufValue } from '../gguf/gguf-value.js';
import { nameByIds } from './known-ids.js';
import { KNOWN_PRE_TOKENIZERS } from './known-patterns.js';
import { describeSteps, sameSteps } from './pre-tokenizer-steps.js';
import { stepsOf } from './tokenizer-steps.js';
import type { Vocabulary } from './vocabulary.js';

/** Characters of a pre-tokenizer's steps that an error shows. */
const SHOWN = 120;

/** Errors: `unsupported` naming the part of tokenizer.json that cannot be expressed. */
export function byteLevelMetadata(
  tokenizer: Tokenizer,
  { merges }: Vocabulary,
  where: string,
): [string, GgufValue][] {
  const refuse = (message: string): AutomodelError =>
    new AutomodelError('unsupported', `${message} cannot be written as GGUF`, { location: where });
  const { normalizer } = tokenizer.files.definition;
  if (isJsonObject(normalizer) && normalizer['type'] !== 'NFC')
    throw refuse(`the normalizer ${String(normalizer['type'])} of a byte-level tokenizer`);
  return [
    ['tokenizer.ggml.model', text('gpt2')],
    ['tokenizer.ggml.pre', text(recognised(tokenizer) ?? nameByPattern(tokenizer, refuse))],
    ['tokenizer.ggml.merges', { type: 'strings', value: merges.map((pair) => pair.join(' ')) }],
  ];
}

/** True when a pre-tokenizer maps bytes to printable characters. */
export const isByteLevel = (preTokenizer: unknown): boolean =>
  stepsOf(preTokenizer, 'pretokenizers').some((step) => step['type'] === 'ByteLevel');

/** A vocabulary that lacks a byte of the text is none of those that are listed. */
function recognised(tokenizer: Tokenizer): string | undefined {
  try {
    return nameByIds(tokenizer);
  } catch (cause) {
    if (cause instanceof AutomodelError && cause.code === 'bad-data') return undefined;
    throw cause;
  }
}

function nameByPattern(tokenizer: Tokenizer, refuse: (message: string) => AutomodelError): string {
  const { definition } = tokenizer.files;
  const steps = describeSteps(definition['pre_tokenizer'], (step) =>
    refuse(`${step} of the pre-tokenizer`),
  );
  const candidates = KNOWN_PRE_TOKENIZERS.filter((known) => sameSteps(known.steps, steps));
  const ignoresMerges = ignoreMergesOf(definition);
  const known =
    candidates.find((candidate) => candidate.ignoresMerges === ignoresMerges) ??
    (candidates.length > 0 && mergesMakeAllPieces(tokenizer) ? candidates[0] : undefined);
  if (known !== undefined) return known.name;
  const all = steps.join(', ');
  const shown = all.length > SHOWN ? `${all.slice(0, SHOWN)}...` : all;
  throw refuse(
    candidates.length === 0
      ? `the pre-tokenizer (${shown}) is not one that llama.cpp knows by name and`
      : `the pre-tokenizer (${shown}) is known to llama.cpp as ${candidates[0]!.name}, but only ` +
          `${ignoresMerges ? 'without' : 'with'} ignore_merges, which gives other ids here, and`,
  );
}

const ignoreMergesOf = ({ model }: JsonObject): boolean =>
  isJsonObject(model) && model['ignore_merges'] === true;

/** True where it makes no difference whether words of the vocabulary are taken as they are. */
function mergesMakeAllPieces({ files }: Tokenizer): boolean {
  const { model } = files.definition;
  if (!isJsonObject(model) || !isJsonObject(model['vocab'])) return false;
  const bare = new Tokenizer({
    ...files,
    definition: {
      added_tokens: [],
      model: { ...model, ignore_merges: false, unk_token: null },
    },
    config: {},
    chatTemplates: new Map(),
  });
  const added = new Set(
    Array.isArray(files.definition['added_tokens'])
      ? files.definition['added_tokens'].filter(isJsonObject).map(({ content }) => content)
      : [],
  );
  return Object.entries(model['vocab']).every(
    ([piece, id]) => added.has(piece) || isMade(bare, piece, id),
  );
}

function isMade(tokenizer: Tokenizer, piece: string, id: unknown): boolean {
  try {
    const [only, ...more] = tokenizer.encode(piece);
    return only === id && more.length === 0;
  } catch {
    return false;
  }
}
