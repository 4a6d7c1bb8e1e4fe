// What the decoder builder calls its embedding and its head, after Hugging Face's Llama.
import type { ParameterNames } from '@automodel/contracts';

/** Module paths; the embedding is inside `model`. */
export const DECODER_MODULES = {
  model: 'model',
  embedding: 'embed_tokens',
  head: 'lm_head',
} as const;

/** Names of the parameters that every `decoder` has. */
export const DECODER_NAMES: ParameterNames = {
  embedding: `${DECODER_MODULES.model}.${DECODER_MODULES.embedding}.weight`,
  head: `${DECODER_MODULES.head}.weight`,
};
