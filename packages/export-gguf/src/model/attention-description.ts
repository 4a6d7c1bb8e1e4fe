// Where attention differs by layer or by scale: sliding windows, soft caps, and Gemma's scale of
// queries. What llama.cpp has built in for an architecture is compared with the config. What it
// lacks is worked around where the result stays the same (a shorter context, scaled weights), and
// refused by key otherwise.
import { AutomodelError } from '@automodel/core';
import { layerTypes, ropeParameters, type ConfigReader, type HeadLayout } from '@automodel/nn';
import { f32, u32, type GgufValue } from '../gguf/gguf-value.js';
import type { Family } from './family.js';

export interface AttentionDescription {
  /** By key after the architecture's name. */
  readonly metadata: readonly (readonly [string, GgufValue])[];
  /** Positions within which the file computes what the model computes. */
  readonly contextLength: number;
  /** Queries must be multiplied by this. */
  readonly queryScale: number;
  readonly notes: readonly string[];
}

type Gemma = 'gemma2' | 'gemma3';

/** Every n-th layer has full attention, built into llama.cpp. */
const PERIODS: Readonly<Record<Gemma, number>> = { gemma2: 2, gemma3: 6 };
/** Layers of the 27B model of each generation, which has another scale built in. */
const LARGE: Readonly<Record<Gemma, number>> = { gemma2: 46, gemma3: 62 };

const refused = (message: string): AutomodelError =>
  new AutomodelError('unsupported', `config.json: ${message}`);

export function describeAttention(
  config: ConfigReader,
  { architecture }: Family,
  layout: HeadLayout,
  maxPositions: number,
): AttentionDescription {
  if (architecture === 'gemma2' || architecture === 'gemma3')
    return describeGemma(config, architecture, layout, maxPositions);
  const window = architecture === 'gemma' ? 0 : windowOf(config);
  if (window === 0 || window >= maxPositions)
    return { metadata: [], contextLength: maxPositions, queryScale: 1, notes: [] };
  return {
    metadata: [],
    contextLength: window,
    queryScale: 1,
    notes: [
      `llama.cpp has no sliding window for ${architecture}: the context length in the file is ` +
        `the window, ${window} tokens, within which the results are the same.`,
    ],
  };
}

/** Mistral's window, or Qwen's where any layer has one; 0: none. */
function windowOf(config: ConfigReader): number {
  const modelType = config.text('model_type');
  if (config.raw['sliding_window'] === null || modelType === 'llama') return 0;
  if (modelType === 'mistral') return config.size('sliding_window', 4096);
  if (!config.boolean('use_sliding_window', false)) return 0;
  const first = config.number('max_window_layers', 28);
  return layerTypes(config, (layer) => layer >= first).includes('sliding_attention')
    ? config.size('sliding_window', 4096)
    : 0;
}

function describeGemma(
  config: ConfigReader,
  architecture: 'gemma2' | 'gemma3',
  layout: HeadLayout,
  maxPositions: number,
): AttentionDescription {
  const period = PERIODS[architecture];
  const pattern =
    architecture === 'gemma2'
      ? 2
      : config.size('sliding_window_pattern', config.size('_sliding_window_pattern', 6));
  const types = layerTypes(config, (layer) => (layer + 1) % pattern !== 0);
  const other = types.findIndex(
    (type, layer) => (type === 'full_attention') !== ((layer + 1) % period === 0),
  );
  if (other >= 0)
    throw refused(
      `layer ${other} is ${types[other]}, but llama.cpp's ${architecture} has full attention in ` +
        `every ${period === 2 ? 'second' : 'sixth'} layer and nowhere else`,
    );
  const width =
    types.length === LARGE[architecture]
      ? Math.floor(config.size('hidden_size') / layout.heads)
      : layout.headWidth;
  return {
    metadata: [
      ['attention.sliding_window', u32(config.size('sliding_window', 4096))],
      ...softcaps(config, architecture),
      ...localRope(config, architecture, layout),
    ],
    contextLength: maxPositions,
    queryScale: Math.sqrt(width / config.positive('query_pre_attn_scalar', 256)),
    notes: [],
  };
}

function softcaps(config: ConfigReader, architecture: 'gemma2' | 'gemma3'): [string, GgufValue][] {
  if (architecture === 'gemma3')
    return config.has('final_logit_softcapping')
      ? [['final_logit_softcapping', f32(config.positive('final_logit_softcapping'))]]
      : [];
  return (['attn_logit_softcapping', 'final_logit_softcapping'] as const).map((key) => {
    if (config.raw[key] === null)
      throw refused(`${key} null cannot be written as GGUF: llama.cpp's gemma2 always caps`);
    return [key, f32(config.positive(key, key === 'attn_logit_softcapping' ? 50 : 30))];
  });
}

function localRope(
  config: ConfigReader,
  architecture: 'gemma2' | 'gemma3',
  layout: HeadLayout,
): [string, GgufValue][] {
  if (architecture === 'gemma2') return [];
  const local = ropeParameters(config, layout.headWidth, 'sliding_attention', {
    thetaKey: 'rope_local_base_freq',
    theta: 1e4,
    scaled: false,
  });
  if (local.type !== 'default')
    throw refused(`RoPE type ${local.type} of the windowed layers cannot be written as GGUF`);
  return [['rope.freq_base_swa', f32(local.theta)]];
}
