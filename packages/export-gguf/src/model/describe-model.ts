// From config.json to what a GGUF file says about the model besides its tensors and its tokenizer.
import { AutomodelError } from '@automodel/core';
import type { ModelConfig } from '@automodel/contracts';
import { ConfigReader, headLayout, ropeParameters, type HeadLayout } from '@automodel/nn';
import { f32, text, u32, type GgufValue } from '../gguf/gguf-value.js';
import { describeAttention } from './attention-description.js';
import { familyOf, type Family } from './family.js';
import { describeRope } from './rope-metadata.js';

export interface ModelDescription {
  readonly family: Family;
  readonly metadata: readonly (readonly [string, GgufValue])[];
  readonly layers: number;
  readonly vocabularySize: number;
  readonly headWidth: number;
  readonly tiedHead: boolean;
  /**
   * Queries are multiplied by this: in the weights of q_proj, or of q_norm where there is one.
   */
  readonly queryScale: number;
  /** Content of `rope_freqs.weight`. */
  readonly ropeDivisors: Float32Array | undefined;
  readonly notes: readonly string[];
}

/** Errors: `unsupported` naming the key whose value GGUF or llama.cpp cannot express. */
export function describeModel(raw: ModelConfig): ModelDescription {
  const config = new ConfigReader(raw);
  const modelType = config.text('model_type');
  const family = familyOf(modelType);
  config.refuse('quantization_config', []);
  checkActivation(config, family);
  const layout = headLayout(config, silentHeads(modelType));
  const rope = ropeParameters(config, layout.headWidth, 'full_attention', {
    theta: modelType === 'gemma3_text' ? 1e6 : 1e4,
    maxPositions: silentPositions(modelType),
  });
  const { metadata: ropeMetadata, divisors } = describeRope(rope, family.architecture);
  const attention = describeAttention(config, family, layout, rope.maxPositions);
  const own: (readonly [string, GgufValue])[] = [
    ['vocab_size', u32(config.size('vocab_size'))],
    ['context_length', u32(attention.contextLength)],
    ['embedding_length', u32(config.size('hidden_size'))],
    ['block_count', u32(config.size('num_hidden_layers'))],
    ['feed_forward_length', u32(config.size('intermediate_size'))],
    ['attention.layer_norm_rms_epsilon', f32(config.number('rms_norm_eps', 1e-6))],
    ...headMetadata(layout),
    ...ropeMetadata,
    ...attention.metadata,
  ];
  return {
    family,
    metadata: [
      ['general.architecture', text(family.architecture)],
      ...own.map(([key, value]) => [`${family.architecture}.${key}`, value] as const),
    ],
    layers: config.size('num_hidden_layers'),
    vocabularySize: config.size('vocab_size'),
    headWidth: layout.headWidth,
    tiedHead: config.boolean('tie_word_embeddings', !family.ownHead),
    queryScale: attention.queryScale,
    ropeDivisors: divisors,
    notes: attention.notes,
  };
}

const headMetadata = ({ heads, keyValueHeads, headWidth }: HeadLayout): [string, GgufValue][] => [
  ['attention.head_count', u32(heads)],
  ['attention.head_count_kv', u32(keyValueHeads)],
  ['attention.key_length', u32(headWidth)],
  ['attention.value_length', u32(headWidth)],
];

/** Defaults of transformers for what config.json leaves out. */
function silentHeads(modelType: string): Partial<HeadLayout> {
  switch (modelType) {
    case 'mistral':
      return { keyValueHeads: 8 };
    case 'qwen2':
      return { keyValueHeads: 32 };
    case 'qwen3':
      return { keyValueHeads: 32, headWidth: 128 };
    case 'gemma':
      return { headWidth: 256, heads: 16, keyValueHeads: 16 };
    case 'gemma2':
    case 'gemma3_text':
      return { headWidth: 256, heads: 8, keyValueHeads: 4 };
    default:
      return {};
  }
}

function silentPositions(modelType: string): number {
  switch (modelType) {
    case 'mistral':
    case 'gemma3_text':
      return 131072;
    case 'qwen2':
    case 'qwen3':
      return 32768;
    case 'gemma':
    case 'gemma2':
      return 8192;
    default:
      return 2048;
  }
}

/** Gemma's first files say "gelu" in `hidden_act` and mean the tanh form. */
function checkActivation(config: ConfigReader, { activation, architecture }: Family): void {
  const key = config.has('hidden_activation') ? 'hidden_activation' : 'hidden_act';
  if (!config.has(key) || (architecture === 'gemma' && key === 'hidden_act')) return;
  const written = config.text(key);
  const same = activation === 'silu' ? ['silu', 'swish'] : ['gelu_pytorch_tanh', 'gelu_new'];
  if (!same.includes(written))
    throw new AutomodelError(
      'unsupported',
      `config.json: ${key} ${JSON.stringify(written)} cannot be written as GGUF: ${architecture} ` +
        `computes ${activation}`,
    );
}
