// OLMo 2's block: the outputs of attention and MLP are normalized before they are added, their
// inputs are not.
import { add } from '@automodel/core';
import { gatedMlp, selfAttention, type Block, type PreNormConfig } from '@automodel/nn';

/** x + norm(attention(x)), then x + norm(mlp(x)), under OLMo's names. */
export const postNorm =
  (config: PreNormConfig): Block =>
  (scope, hidden, context) => {
    const mixed = scope.within('self_attn', (inner) =>
      selfAttention(inner, hidden, config.attention, context),
    );
    const attended = add(hidden, config.norm(scope, 'post_attention_layernorm', mixed));
    const transformed = scope.within('mlp', (inner) => gatedMlp(inner, attended, config.mlp));
    return add(attended, config.norm(scope, 'post_feedforward_layernorm', transformed));
  };
