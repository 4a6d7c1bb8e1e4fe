// Gemma 2 and 3's block: a norm before and after both attention and MLP.
import { add } from '@automodel/core';
import { gatedMlp, selfAttention, type Block, type PreNormConfig } from '@automodel/nn';

/** x + norm(attention(norm(x))), then x + norm(mlp(norm(x))), under Gemma's names. */
export const sandwichNorm =
  (config: PreNormConfig): Block =>
  (scope, hidden, context) => {
    const input = config.norm(scope, 'input_layernorm', hidden);
    const mixed = scope.within('self_attn', (inner) =>
      selfAttention(inner, input, config.attention, context),
    );
    const attended = add(hidden, config.norm(scope, 'post_attention_layernorm', mixed));
    const normed = config.norm(scope, 'pre_feedforward_layernorm', attended);
    return add(
      attended,
      config.norm(
        scope,
        'post_feedforward_layernorm',
        scope.within('mlp', (inner) => gatedMlp(inner, normed, config.mlp)),
      ),
    );
  };
