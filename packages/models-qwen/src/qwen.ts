// Qwen 2, 2.5 and 3: Llama's block with biases on q, k and v (Qwen 2) or with norms on queries and
// keys (Qwen 3), and sliding windows on the layers that ask for one.
import type { LanguageModel, ModelConfig } from '@automodel/contracts';
import { parseActivation } from '@automodel/core';
import {
  ConfigReader,
  decoder,
  headLayout,
  layerTypes,
  preNorm,
  rmsNorm,
  ropeParameters,
} from '@automodel/nn';

/** A model from config.json of `model_type` qwen2 or qwen3. */
export function qwen(raw: ModelConfig): LanguageModel {
  const config = new ConfigReader(raw);
  const three = config.text('model_type') === 'qwen3';
  config.refuse('quantization_config', []);
  const hiddenSize = config.size('hidden_size');
  const layout = headLayout(config, { keyValueHeads: 32, ...(three ? { headWidth: 128 } : {}) });
  const slidingWindow =
    config.boolean('use_sliding_window', false) && config.raw['sliding_window'] !== null
      ? config.size('sliding_window', 4096)
      : 0;
  const firstWindowed = config.number('max_window_layers', 28);
  const types = layerTypes(config, (layer) => slidingWindow > 0 && layer >= firstWindowed);
  const norm = rmsNorm(config.nonNegative('rms_norm_eps', 1e-6));
  const bias = three ? config.boolean('attention_bias', false) : true;
  const rope = ropeParameters(config, layout.headWidth, 'full_attention', { maxPositions: 32768 });
  const mlp = {
    hidden: config.size('intermediate_size'),
    activation: parseActivation(config.text('hidden_act', 'silu')),
    bias: false,
  };
  return decoder({
    modelType: three ? 'qwen3' : 'qwen2',
    vocabularySize: config.size('vocab_size'),
    hiddenSize,
    layers: types.length,
    maxPositions: rope.maxPositions,
    initializerRange: config.number('initializer_range', 0.02),
    embeddingScale: 1,
    layer: (i) => {
      const window = types[i] === 'sliding_attention' ? slidingWindow : 0;
      const attention = {
        ...layout,
        scale: layout.headWidth ** -0.5,
        softcap: 0,
        window,
        bias,
        outputBias: three && bias,
        queryKeyNorm: three ? norm : undefined,
      };
      return {
        block: preNorm({ norm, attention, mlp }),
        rope,
        keyValue: { heads: layout.keyValueHeads, width: layout.headWidth, window },
      };
    },
    norm,
    head: { tied: config.boolean('tie_word_embeddings', false), softcap: 0 },
  });
}
