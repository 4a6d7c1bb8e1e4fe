// Which ids end an answer: those the folder's generation settings name, and the token the chat
// template ends a turn with, which fine-tuning teaches even where the base model's settings do not
// know it.
import type { Tokenizer } from '@automodel/data';

/** `configured` and the tokenizer's eos, once each. */
export function stopIdsFor(tokenizer: Tokenizer, configured: readonly number[]): readonly number[] {
  const { eosTokenId } = tokenizer;
  return [...new Set([...configured, ...(eosTokenId === undefined ? [] : [eosTokenId])])];
}
