// The pieces of a tokenizer.json by id, with the kinds that GGUF knows. A model's vocabulary may
// have more rows than the tokenizer has ids, and ids may be missing in between: both are filled
// with unused pieces.
import { isJsonObject } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import type { Tokenizer, TokenizerFiles } from '@automodel/data';

/** `llama_token_type` of llama.cpp. */
export const KIND = {
  normal: 1,
  unknown: 2,
  control: 3,
  userDefined: 4,
  unused: 5,
  byte: 6,
} as const;

export interface Vocabulary {
  /** By id, as tokenizer.json writes them. */
  readonly pieces: readonly string[];
  readonly kinds: readonly number[];
  /** Ids of the model's own pieces, without added ones. */
  readonly ids: ReadonlyMap<string, number>;
  /** Pairs in order of preference. */
  readonly merges: readonly (readonly [string, string])[];
}

/**
 * `rows`: vocab_size of the model. Errors: `bad-file` for a malformed file, `unsupported` for a
 * tokenizer with more ids than rows.
 */
export function readVocabulary(
  { definition, source }: TokenizerFiles,
  tokenizer: Tokenizer,
  rows: number,
): Vocabulary {
  const where = `${source}/tokenizer.json`;
  if (tokenizer.vocabSize > rows)
    throw new AutomodelError(
      'unsupported',
      `the tokenizer has ${tokenizer.vocabSize} ids, the model ${rows} rows`,
      { location: where, hint: 'use the tokenizer that belongs to the model' },
    );
  const model = definition['model'];
  const table = isJsonObject(model) ? model['vocab'] : undefined;
  if (!isJsonObject(model) || !isJsonObject(table))
    throw new AutomodelError('bad-file', 'model.vocab is not a table of pieces', {
      location: where,
    });
  const ids = new Map(Object.entries(table) as [string, number][]);
  const pieces = Array.from({ length: rows }, (_, id) => `[PAD${id}]`);
  const kinds = new Array<number>(rows).fill(KIND.unused);
  for (const [piece, id] of ids) [pieces[id], kinds[id]] = [piece, KIND.normal];
  for (const { id, content, special } of tokenizer.addedTokens)
    [pieces[id], kinds[id]] = [content, special ? KIND.control : KIND.userDefined];
  return { pieces, kinds, ids, merges: readMerges(model['merges'], where) };
}

/** Pairs, or texts with one space between the halves. */
function readMerges(merges: unknown, where: string): [string, string][] {
  if (!Array.isArray(merges))
    throw new AutomodelError('bad-file', 'model.merges is not a list', { location: where });
  return merges.map((merge: unknown, i) => {
    const halves: unknown = typeof merge === 'string' ? merge.split(' ') : merge;
    if (
      Array.isArray(halves) &&
      halves.length === 2 &&
      halves.every((half) => typeof half === 'string')
    )
      return halves as [string, string];
    throw new AutomodelError('bad-file', `model.merges[${i}] is not a pair`, { location: where });
  });
}
