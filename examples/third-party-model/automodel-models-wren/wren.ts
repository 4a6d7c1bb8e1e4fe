// Wren, a made-up family: pre-norm blocks of grouped-query attention and a gated MLP, under Hugging
// Face's parameter names. The default export is the plugin.
import type { LanguageModel, ModelConfig, ModelPlugin } from '@automodel/contracts';
import { parseActivation } from '@automodel/core';
import { ConfigReader, decoder, headLayout, preNorm, rmsNorm, ropeParameters } from '@automodel/nn';

/** A model from config.json of `model_type` wren. */
export function wren(raw: ModelConfig): LanguageModel {
  const config = new ConfigReader(raw);
  config.refuse('quantization_config', []);
  const layout = headLayout(config, {});
  const norm = rmsNorm(config.number('rms_norm_eps', 1e-6));
  const rope = ropeParameters(config, layout.headWidth, 'full_attention', { maxPositions: 2048 });
  const block = preNorm({
    norm,
    attention: {
      ...layout,
      scale: layout.headWidth ** -0.5,
      softcap: 0,
      window: 0,
      bias: false,
      outputBias: false,
      queryKeyNorm: undefined,
    },
    mlp: {
      hidden: config.size('intermediate_size'),
      activation: parseActivation(config.text('hidden_act', 'silu')),
      bias: false,
    },
  });
  return decoder({
    modelType: 'wren',
    vocabularySize: config.size('vocab_size'),
    hiddenSize: config.size('hidden_size'),
    layers: config.size('num_hidden_layers'),
    maxPositions: rope.maxPositions,
    initializerRange: config.number('initializer_range', 0.02),
    embeddingScale: 1,
    layer: () => ({
      block,
      rope,
      keyValue: { heads: layout.keyValueHeads, width: layout.headWidth, window: 0 },
    }),
    norm,
    head: { tied: config.boolean('tie_word_embeddings', false), softcap: 0 },
  });
}

const plugin: ModelPlugin = {
  kind: 'model',
  apiVersion: 1,
  name: 'automodel-models-wren',
  modelTypes: ['wren'],
  create: wren,
};

export default plugin;
