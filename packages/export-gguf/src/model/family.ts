// The model families that llama.cpp loads from this exporter: what their tensors are called there
// and how they differ from Hugging Face's. Source: llama.cpp's loaders (src/models) and gguf-py's
// tensor names.
import { AutomodelError } from '@automodel/core';

export interface Family {
  /** `general.architecture`. */
  readonly architecture: string;
  /** Modules of a layer and their names in the file; each has a weight. */
  readonly modules: ReadonlyMap<string, string>;
  /** Modules that may also have a bias. */
  readonly biases: readonly string[];
  /** Queries and keys are rotated in neighbouring pairs, not in halves. */
  readonly pairedRotation: boolean;
  /** Norms multiply with 1 + weight; the file holds the sum. */
  readonly normShift: 0 | 1;
  /** May have a head of its own. */
  readonly ownHead: boolean;
  /** The activation that is built in. */
  readonly activation: 'silu' | 'gelu_pytorch_tanh';
}

const ATTENTION: readonly (readonly [string, string])[] = [
  ['input_layernorm', 'attn_norm'],
  ['self_attn.q_proj', 'attn_q'],
  ['self_attn.k_proj', 'attn_k'],
  ['self_attn.v_proj', 'attn_v'],
  ['self_attn.o_proj', 'attn_output'],
];
const HEAD_NORMS: readonly (readonly [string, string])[] = [
  ['self_attn.q_norm', 'attn_q_norm'],
  ['self_attn.k_norm', 'attn_k_norm'],
];
const MLP: readonly (readonly [string, string])[] = [
  ['mlp.gate_proj', 'ffn_gate'],
  ['mlp.up_proj', 'ffn_up'],
  ['mlp.down_proj', 'ffn_down'],
];
const SANDWICH: readonly (readonly [string, string])[] = [
  ['post_attention_layernorm', 'post_attention_norm'],
  ['pre_feedforward_layernorm', 'ffn_norm'],
  ['post_feedforward_layernorm', 'post_ffw_norm'],
];
const PRE_NORM: readonly (readonly [string, string])[] = [['post_attention_layernorm', 'ffn_norm']];

const llama: Family = {
  architecture: 'llama',
  modules: new Map([...ATTENTION, ...PRE_NORM, ...MLP]),
  biases: [
    'self_attn.q_proj',
    'self_attn.k_proj',
    'self_attn.v_proj',
    'self_attn.o_proj',
    'mlp.gate_proj',
    'mlp.up_proj',
    'mlp.down_proj',
  ],
  pairedRotation: true,
  normShift: 0,
  ownHead: true,
  activation: 'silu',
};
const qwen2: Family = {
  ...llama,
  architecture: 'qwen2',
  biases: ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'],
  pairedRotation: false,
};
const gemma: Family = {
  ...qwen2,
  architecture: 'gemma',
  biases: [],
  normShift: 1,
  ownHead: false,
  activation: 'gelu_pytorch_tanh',
};

const FAMILIES: Readonly<Record<string, Family>> = {
  llama,
  mistral: { ...llama, biases: [] },
  qwen2,
  qwen3: {
    ...qwen2,
    architecture: 'qwen3',
    modules: new Map([...ATTENTION, ...HEAD_NORMS, ...PRE_NORM, ...MLP]),
    biases: [],
  },
  gemma,
  gemma2: {
    ...gemma,
    architecture: 'gemma2',
    modules: new Map([...ATTENTION, ...SANDWICH, ...MLP]),
  },
  gemma3_text: {
    ...gemma,
    architecture: 'gemma3',
    modules: new Map([...ATTENTION, ...HEAD_NORMS, ...SANDWICH, ...MLP]),
  },
};

/**
 * The family of a config's `model_type`. Errors: `unsupported` naming those that can be written.
 */
export function familyOf(modelType: string): Family {
  const family = FAMILIES[modelType];
  if (family === undefined)
    throw new AutomodelError(
      'unsupported',
      `model_type ${JSON.stringify(modelType)} cannot be written as GGUF`,
      { hint: `these can: ${Object.keys(FAMILIES).join(', ')}; vLLM takes any folder: --to vllm` },
    );
  return family;
}
