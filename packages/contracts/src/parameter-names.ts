// The two parameters of a language model that other packages must know by name, because savers and
// exporters handle a head that is tied to the embedding.

/** Hugging Face names of parameters, such as `model.embed_tokens.weight` and `lm_head.weight`. */
export interface ParameterNames {
  readonly embedding: string;
  readonly head: string;
}
