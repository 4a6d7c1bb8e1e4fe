// Decoder blocks as functions, and the pre-norm block that most families share. A block that only
// one family uses is in that family's package.
import type { ParameterScope } from '@automodel/contracts';
import { add, type Tensor } from '@automodel/core';
import { selfAttention, type AttentionConfig, type AttentionContext } from '../layers/attention.js';
import { gatedMlp, type GatedMlpConfig } from '../layers/gated-mlp.js';
import type { Norm } from '../layers/rms-norm.js';

/** One layer: hidden states [T,D] in and out, in the scope `model.layers.N`. */
export type Block = (scope: ParameterScope, hidden: Tensor, context: AttentionContext) => Tensor;

/** The parts of a pre-norm block. */
export interface PreNormConfig {
  readonly norm: Norm;
  readonly attention: AttentionConfig;
  readonly mlp: GatedMlpConfig;
}

/** x + attention(norm(x)), then x + mlp(norm(x)), under Llama's names. */
export const preNorm =
  (config: PreNormConfig): Block =>
  (scope, hidden, context) => {
    const input = config.norm(scope, 'input_layernorm', hidden);
    const attended = add(
      hidden,
      scope.within('self_attn', (inner) => selfAttention(inner, input, config.attention, context)),
    );
    const normed = config.norm(scope, 'post_attention_layernorm', attended);
    return add(
      attended,
      scope.within('mlp', (inner) => gatedMlp(inner, normed, config.mlp)),
    );
  };
