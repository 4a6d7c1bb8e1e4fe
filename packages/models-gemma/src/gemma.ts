// Gemma 1, 2 and 3 (text): scaled embeddings, (1 + weight) norms, soft caps, windows by layer and,
// in Gemma 3, a RoPE base for each kind of layer and norms on queries and keys.
import type { LanguageModel, ModelConfig } from '@automodel/contracts';
import { AutomodelError, parseActivation } from '@automodel/core';
import {
  ConfigReader,
  decoder,
  headLayout,
  layerTypes,
  preNorm,
  rmsNorm,
  ropeParameters,
  type DecoderConfig,
  type LayerType,
  type Norm,
  type RopeParameters,
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

/** Differences between the generations that config.json does not state. */
interface GenerationDefaults {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly maxPositions: number;
  /** Base of RoPE in layers with full attention. */
  readonly theta: number;
}

const DEFAULTS: Readonly<Record<Generation, GenerationDefaults>> = {
  1: { heads: 16, keyValueHeads: 16, maxPositions: 8192, theta: 1e4 },
  2: { heads: 8, keyValueHeads: 4, maxPositions: 8192, theta: 1e4 },
  3: { heads: 8, keyValueHeads: 4, maxPositions: 131072, theta: 1e6 },
};

/** RoPE of layers with full attention and of layers with a window. */
function ropesOf(
  config: ConfigReader,
  generation: Generation,
  headWidth: number,
): Readonly<Record<LayerType, RopeParameters>> {
  const { theta, maxPositions } = DEFAULTS[generation];
  const full = ropeParameters(config, headWidth, 'full_attention', { theta, maxPositions });
  if (generation !== 3) return { full_attention: full, sliding_attention: full };
  const sliding = ropeParameters(config, headWidth, 'sliding_attention', {
    thetaKey: 'rope_local_base_freq',
    theta: 1e4,
    maxPositions,
    scaled: false,
  });
  return { full_attention: full, sliding_attention: sliding };
}

/** Cap of attention logits; Gemma 3's attention in transformers does not read it. */
function attentionSoftcap(config: ConfigReader, generation: Generation): number {
  if (generation !== 2 || config.raw['attn_logit_softcapping'] === null) return 0;
  return config.positive('attn_logit_softcapping', 50);
}

/** Cap of the logits; only Gemma 2 has one where config.json does not name it. */
function finalSoftcap(config: ConfigReader, generation: Generation): number {
  if (generation === 1 || config.raw['final_logit_softcapping'] === null) return 0;
  if (generation === 3 && !config.has('final_logit_softcapping')) return 0;
  return config.positive('final_logit_softcapping', 30);
}

/** The layers by index. */
function layersOf(
  config: ConfigReader,
  generation: Generation,
  types: readonly LayerType[],
  norm: Norm,
): DecoderConfig['layer'] {
  const { heads, keyValueHeads } = DEFAULTS[generation];
  const layout = headLayout(config, { headWidth: 256, heads, keyValueHeads });
  const ropes = ropesOf(config, generation, layout.headWidth);
  const bias = config.boolean('attention_bias', false);
  const scaledBy =
    generation === 1 ? layout.headWidth : config.positive('query_pre_attn_scalar', 256);
  const shared = {
    ...layout,
    scale: scaledBy ** -0.5,
    softcap: attentionSoftcap(config, generation),
    bias,
    outputBias: bias,
    queryKeyNorm: generation === 3 ? norm : undefined,
  };
  const mlp = {
    hidden: config.size('intermediate_size'),
    activation: parseActivation(activationName(config, generation)),
    bias: false,
  };
  const blockOf = generation === 1 ? preNorm : sandwichNorm;
  return (i) => {
    const type = types[i] ?? 'full_attention';
    const window = type === 'sliding_attention' ? config.size('sliding_window', 4096) : 0;
    return {
      block: blockOf({ norm, attention: { ...shared, window }, mlp }),
      rope: ropes[type],
      keyValue: { heads: layout.keyValueHeads, width: layout.headWidth, window },
    };
  };
}

/** A model from config.json of `model_type` gemma, gemma2 or gemma3_text. */
export function gemma(raw: ModelConfig): LanguageModel {
  const config = new ConfigReader(raw);
  const modelType = config.text('model_type');
  const generation = GENERATION[modelType];
  if (generation === undefined)
    throw new AutomodelError(
      'unsupported',
      `config.json: model_type ${JSON.stringify(modelType)} is not a Gemma model`,
    );
  config.refuse('quantization_config', []);
  config.refuse('use_bidirectional_attention');
  const hiddenSize = config.size('hidden_size');
  const types = typesOf(config, generation);
  const norm = rmsNorm(config.nonNegative('rms_norm_eps', 1e-6), 1);
  return decoder({
    modelType,
    vocabularySize: config.size('vocab_size'),
    hiddenSize,
    layers: types.length,
    maxPositions: config.size('max_position_embeddings', DEFAULTS[generation].maxPositions),
    initializerRange: config.number('initializer_range', 0.02),
    embeddingScale: hiddenSize ** 0.5,
    layer: layersOf(config, generation, types, norm),
    norm,
    head: {
      tied: config.boolean('tie_word_embeddings', true),
      softcap: finalSoftcap(config, generation),
    },
  });
}
