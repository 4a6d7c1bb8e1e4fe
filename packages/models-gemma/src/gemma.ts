// Gemma 1, 2 and 3 (text): scaled embeddings, (1 + weight) norms, soft caps, windows by layer and,
// in Gemma 3, a RoPE base for each kind of layer and norms on queries and keys.
import type { CausalLanguageModel, ModelConfig } from '@automodel/contracts';
import { parseActivation } from '@automodel/core';
import {
  ConfigReader,
  decoder,
  headLayout,
  layerTypes,
  preNorm,
  rmsNorm,
  ropeParameters,
  type LayerType,
} from '@automodel/nn';
import { sandwichNorm } from './sandwich-norm.js';

type Generation = 1 | 2 | 3;
const GENERATION: Readonly<Record<string, Generation>> = { gemma: 1, gemma2: 2, gemma3_text: 3 };

/**
 * Gemma 1 names its activation `hidden_act`; files of its first release have "gelu" there, meaning
 * the tanh form, which `hidden_activation` then states.
 */
function activationName(config: ConfigReader, generation: Generation): string {
  if (config.has('hidden_activation')) return config.text('hidden_activation');
  return generation === 1 ? config.text('hidden_act', 'gelu_pytorch_tanh') : 'gelu_pytorch_tanh';
}

/** Older configs: every other layer (Gemma 2), all but every sixth (Gemma 3). */
function typesOf(config: ConfigReader, generation: Generation): LayerType[] {
  const pattern =
    generation === 2
      ? 2
      : config.size('sliding_window_pattern', config.size('_sliding_window_pattern', 6));
  return layerTypes(config, (layer) => generation !== 1 && (layer + 1) % pattern !== 0);
}

/** A model from config.json of `model_type` gemma, gemma2 or gemma3_text. */
export function gemma(raw: ModelConfig): CausalLanguageModel {
  const config = new ConfigReader(raw);
  const generation = GENERATION[config.text('model_type')]!;
  config.refuse('quantization_config', []);
  config.refuse('use_bidirectional_attention');
  const layout = headLayout(config, {
    headWidth: 256,
    heads: generation === 1 ? 16 : 8,
    keyValueHeads: generation === 1 ? 16 : 4,
  });
  const hiddenSize = config.size('hidden_size');
  const types = typesOf(config, generation);
  const norm = rmsNorm(config.nonNegative('rms_norm_eps', 1e-6), 1);
  const bias = config.boolean('attention_bias', false);
  const maxPositions = generation === 3 ? 131072 : 8192;
  const global = ropeParameters(config, layout.headWidth, 'full_attention', {
    theta: generation === 3 ? 1e6 : 1e4,
    maxPositions,
  });
  const local =
    generation === 3
      ? ropeParameters(config, layout.headWidth, 'sliding_attention', {
          thetaKey: 'rope_local_base_freq',
          theta: 1e4,
          maxPositions,
          scaled: false,
        })
      : global;
  const scale =
    (generation === 1 ? layout.headWidth : config.positive('query_pre_attn_scalar', 256)) ** -0.5;
  // Gemma 3's attention in transformers reads no soft cap, whatever the config says.
  const softcap =
    generation === 2 && config.raw['attn_logit_softcapping'] !== null
      ? config.positive('attn_logit_softcapping', 50)
      : 0;
  const finalSoftcap =
    generation === 1 ||
    config.raw['final_logit_softcapping'] === null ||
    (generation === 3 && !config.has('final_logit_softcapping'))
      ? 0
      : config.positive('final_logit_softcapping', 30);
  const mlp = {
    hidden: config.size('intermediate_size'),
    activation: parseActivation(activationName(config, generation)),
    bias: false,
  };
  return decoder({
    modelType: config.text('model_type'),
    vocabularySize: config.size('vocab_size'),
    hiddenSize,
    layers: types.length,
    maxPositions: global.maxPositions,
    initializerRange: config.number('initializer_range', 0.02),
    embeddingScale: hiddenSize ** 0.5,
    layer: (i) => {
      const sliding = types[i] === 'sliding_attention';
      const window = sliding ? config.size('sliding_window', 4096) : 0;
      const attention = {
        ...layout,
        scale,
        softcap,
        window,
        bias,
        outputBias: bias,
        queryKeyNorm: generation === 3 ? norm : undefined,
      };
      const block =
        generation === 1
          ? preNorm({ norm, attention, mlp })
          : sandwichNorm({ norm, attention, mlp });
      return {
        block,
        rope: sliding ? local : global,
        keyValue: { heads: layout.keyValueHeads, width: layout.headWidth, window },
      };
    },
    norm,
    head: { tied: config.boolean('tie_word_embeddings', true), softcap: finalSoftcap },
  });
}
