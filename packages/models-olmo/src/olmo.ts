// OLMo 2 (OLMo team 2025): post-norm blocks of grouped-query attention and a gated MLP; queries and
// keys are normalized over all heads together.
import type { LanguageModel, ModelConfig } from '@automodel/contracts';
import { parseActivation, reshape } from '@automodel/core';
import { ConfigReader, decoder, rmsNorm, ropeParameters, type Norm } from '@automodel/nn';
import { postNorm } from './post-norm.js';

/** `norm` of x[T,H,W] over the H * W numbers of a token. */
const overAllHeads =
  (norm: Norm): Norm =>
  (scope, name, x) => {
    const [tokens = 0, heads = 0, width = 0] = x.shape;
    return reshape(norm(scope, name, reshape(x, [tokens, heads * width])), x.shape);
  };

/** A model from config.json of `model_type` olmo2. */
export function olmo(raw: ModelConfig): LanguageModel {
  const config = new ConfigReader(raw);
  config.refuse('quantization_config', []);
  const heads = config.size('num_attention_heads');
  const hiddenSize = config.size('hidden_size');
  const headWidth = config.size('head_dim', Math.floor(hiddenSize / heads));
  const keyValueHeads = config.size('num_key_value_heads', heads);
  const norm = rmsNorm(config.nonNegative('rms_norm_eps', 1e-5));
  const bias = config.boolean('attention_bias', false);
  const rope = ropeParameters(config, headWidth, 'full_attention');
  const block = postNorm({
    norm,
    attention: {
      heads,
      keyValueHeads,
      headWidth,
      scale: headWidth ** -0.5,
      softcap: 0,
      window: 0,
      bias,
      outputBias: bias,
      queryKeyNorm: overAllHeads(norm),
    },
    mlp: {
      hidden: config.size('intermediate_size'),
      activation: parseActivation(config.text('hidden_act', 'silu')),
      bias: false,
    },
  });
  return decoder({
    modelType: 'olmo2',
    vocabularySize: config.size('vocab_size'),
    hiddenSize,
    layers: config.size('num_hidden_layers'),
    maxPositions: rope.maxPositions,
    initializerRange: config.number('initializer_range', 0.02),
    embeddingScale: 1,
    layer: () => ({ block, rope, keyValue: { heads: keyValueHeads, width: headWidth, window: 0 } }),
    norm,
    head: { tied: config.boolean('tie_word_embeddings', false), softcap: 0 },
  });
}
