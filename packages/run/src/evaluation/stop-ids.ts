// Which ids end an answer: those that the folder's generation settings name, and the token that
// ends a turn of the chat template, which fine-tuning teaches even if the base model's settings do
// not name it.
import type { Tokenizer } from '@automodel/data';

/** `configured` and the tokenizer's eos, once each. */
export function stopIdsFor(tokenizer: Tokenizer, configured: readonly number[]): readonly number[] {
  const { eosTokenId } = tokenizer;
  return [...new Set([...configured, ...(eosTokenId === undefined ? [] : [eosTokenId])])];
}

/** The texts of these tokens. */
export function stopTokensFor(
  tokenizer: Tokenizer,
  configured: readonly number[],
): readonly string[] {
  return stopIdsFor(tokenizer, configured)
    .map((id) => tokenizer.idToToken(id))
    .filter((token) => token !== undefined);
}
