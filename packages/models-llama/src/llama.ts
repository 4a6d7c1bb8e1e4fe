// Llama 1 to 3.x and Mistral: pre-norm blocks of grouped-query attention and a gated MLP. They
// differ in biases, in RoPE and in Mistral's sliding window.
import type { LanguageModel, ModelConfig } from '@automodel/contracts';
import { parseActivation } from '@automodel/core';
import { ConfigReader, decoder, headLayout, preNorm, rmsNorm, ropeParameters } from '@automodel/nn';

/** A model from config.json of `model_type` llama or mistral. */
export function llama(raw: ModelConfig): LanguageModel {
  const config = new ConfigReader(raw);
  const mistral = config.text('model_type') === 'mistral';
  config.refuse('quantization_config', []);
  const hiddenSize = config.size('hidden_size');
  const layout = headLayout(config, mistral ? { keyValueHeads: 8 } : {});
  const window =
    mistral && config.raw['sliding_window'] !== null ? config.size('sliding_window', 4096) : 0;
  const norm = rmsNorm(config.nonNegative('rms_norm_eps', 1e-6));
  const bias = !mistral && config.boolean('attention_bias', false);
  const rope = ropeParameters(config, layout.headWidth, 'full_attention', {
    maxPositions: mistral ? 131072 : 2048,
  });
  const block = preNorm({
    norm,
    attention: {
      ...layout,
      scale: layout.headWidth ** -0.5,
      softcap: 0,
      window,
      bias,
      outputBias: bias,
      queryKeyNorm: undefined,
    },
    mlp: {
      hidden: config.size('intermediate_size'),
      activation: parseActivation(config.text('hidden_act', 'silu')),
      bias: !mistral && config.boolean('mlp_bias', false),
    },
  });
  return decoder({
    modelType: mistral ? 'mistral' : 'llama',
    vocabularySize: config.size('vocab_size'),
    hiddenSize,
    layers: config.size('num_hidden_layers'),
    maxPositions: rope.maxPositions,
    initializerRange: config.number('initializer_range', 0.02),
    embeddingScale: 1,
    layer: () => ({
      block,
      rope,
      keyValue: { heads: layout.keyValueHeads, width: layout.headWidth, window },
    }),
    norm,
    head: { tied: config.boolean('tie_word_embeddings', false), softcap: 0 },
  });
}
