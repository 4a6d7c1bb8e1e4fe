// What models that vLLM serves call embedding and head, where nothing here knows the model itself.
import type { ParameterNames } from '@automodel/contracts';

export const USUAL_NAMES: ParameterNames = {
  embedding: 'model.embed_tokens.weight',
  head: 'lm_head.weight',
};
