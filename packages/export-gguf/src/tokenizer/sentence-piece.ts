// SentencePiece-style BPE (Llama 2, Mistral, Gemma: "▁" for spaces, bytes as <0x0A>) for the
// tokenizer `llama` of llama.cpp. It has no list of merges: it joins the neighbours whose result
// has the highest score. A piece's score is therefore minus the rank of the first merge that makes
// it, as in the SentencePiece model from which the merges were once derived.
import { isJsonObject } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import type { JsonObject } from '@automodel/data';
import { bool, text, type GgufValue } from '../gguf/gguf-value.js';
import { stepsOf } from './tokenizer-steps.js';
import { KIND, type Vocabulary } from './vocabulary.js';

const SPACE = '▁';
const BYTE = /^<0x[0-9A-F]{2}>$/;

export interface SentencePieceMetadata {
  readonly metadata: readonly (readonly [string, GgufValue])[];
  readonly kinds: readonly number[];
  readonly notes: readonly string[];
}

/** Errors: `unsupported` naming the part of tokenizer.json that cannot be expressed. */
export function sentencePieceMetadata(
  definition: JsonObject,
  vocabulary: Vocabulary,
  unknownId: number | undefined,
  where: string,
): SentencePieceMetadata {
  const model = definition['model'] as JsonObject;
  if (model['byte_fallback'] !== true)
    throw refuse('a BPE tokenizer that is neither byte-level nor falls back to bytes', where);
  const prefix = spacePrefix(definition, where);
  const kinds = vocabulary.kinds.map((kind, id) => {
    if (BYTE.test(vocabulary.pieces[id] ?? '')) return KIND.byte;
    return id === unknownId ? KIND.unknown : kind;
  });
  const scores = scoresOf(vocabulary);
  const differing = formedOtherwise(vocabulary);
  const notes =
    differing === 0
      ? []
      : [
          `${differing} of ${vocabulary.pieces.length} pieces can also be made from neighbours ` +
            'that tokenizer.json does not merge: llama.cpp knows only scores and may cut some ' +
            'words differently.',
        ];
  return {
    metadata: [
      ['tokenizer.ggml.model', text('llama')],
      ['tokenizer.ggml.pre', text('default')],
      ['tokenizer.ggml.scores', { type: 'f32s', value: scores }],
      ['tokenizer.ggml.add_space_prefix', bool(prefix)],
    ],
    kinds,
    notes,
  };
}

const refuse = (message: string, where: string): AutomodelError =>
  new AutomodelError('unsupported', `${message} cannot be written as GGUF`, { location: where });

/**
 * Whether a space is put before a text. Spaces become "▁" in the normalizer or in a Metaspace
 * pre-tokenizer.
 */
function spacePrefix(definition: JsonObject, where: string): boolean {
  let replaced = false;
  let prefix = false;
  for (const step of [
    ...stepsOf(definition['normalizer'], 'normalizers'),
    ...stepsOf(definition['pre_tokenizer'], 'pretokenizers'),
  ]) {
    const pattern = isJsonObject(step['pattern']) ? step['pattern']['String'] : undefined;
    if (step['type'] === 'Prepend' && step['prepend'] === SPACE) prefix = true;
    else if (step['type'] === 'Replace' && pattern === ' ' && step['content'] === SPACE)
      replaced = true;
    else if (
      step['type'] === 'Metaspace' &&
      step['replacement'] === SPACE &&
      step['split'] !== true
    )
      [replaced, prefix] = [true, prefix || step['prepend_scheme'] !== 'never'];
    else if (!(step['type'] === 'Split' && pattern === ' ' && replaced))
      // such a split finds no space any more
      throw refuse(`the step ${String(step['type'])} of the tokenizer`, where);
  }
  if (!replaced)
    throw refuse(
      'a BPE tokenizer that falls back to bytes but does not write spaces as "▁"',
      where,
    );
  return prefix;
}

/** Minus the rank of the first merge that makes a piece; pieces that no merge makes come last. */
function scoresOf({ pieces, kinds, merges }: Vocabulary): number[] {
  const ranks = new Map<string, number>();
  merges.forEach((pair, rank) => {
    const piece = pair.join('');
    if (!ranks.has(piece)) ranks.set(piece, rank);
  });
  return pieces.map((piece, id) => {
    const rank = ranks.get(piece);
    if (rank !== undefined) return -rank;
    return kinds[id] === KIND.normal && piece.length > 1 ? -merges.length - 1 : 0;
  });
}

/** How many merged pieces have two parts in the vocabulary that no merge joins. */
function formedOtherwise({ ids, merges }: Vocabulary): number {
  const pairs = new Set(merges.map((pair) => pair.join(' ')));
  const made = new Set(merges.map((pair) => pair.join('')));
  let count = 0;
  for (const piece of made) {
    const letters = [...piece];
    const other = letters.some((_, i) => {
      const [left, right] = [letters.slice(0, i).join(''), letters.slice(i).join('')];
      return i > 0 && ids.has(left) && ids.has(right) && !pairs.has(`${left} ${right}`);
    });
    if (other) count += 1;
  }
  return count;
}
