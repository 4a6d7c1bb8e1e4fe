// Token ids are checked before they reach a kernel, which reads the embedding table at them.
import type { LanguageModel } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';

/** Errors: `bad-data` for an id outside the vocabulary; `start` is the position of the first id. */
export function checkTokenIds(
  { vocabularySize }: Pick<LanguageModel, 'vocabularySize'>,
  ids: Int32Array,
  start = 0,
): void {
  const bad = ids.findIndex((id) => id < 0 || id >= vocabularySize);
  if (bad !== -1)
    throw new AutomodelError(
      'bad-data',
      `token id ${ids[bad]} at position ${start + bad} is outside the model's vocabulary of ` +
        `${vocabularySize}`,
      { hint: 'use the tokenizer that belongs to the model' },
    );
}
