// The two parameters of a language model that others must know by name: savers and exporters treat
// a head that is tied to the embedding apart.

/** Hugging Face names of parameters, such as `model.embed_tokens.weight` and `lm_head.weight`. */
export interface ParameterNames {
  readonly embedding: string;
  readonly head: string;
}
