// The values that transformers' config classes have for keys that a config leaves out, by model
// type. A config of its own states every key that matters; one nested in another states only what
// differs. Source: the configuration files of transformers 5.17 (configuration_llama.py and so on).
// Keys whose default follows from others (head_dim, layer_types) are left to the models.
import type { JsonObject } from '../json/parse-json.js';

const COMMON = { initializer_range: 0.02, rms_norm_eps: 1e-6 } as const;

const LLAMA = {
  ...COMMON,
  vocab_size: 32_000,
  hidden_size: 4096,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  hidden_act: 'silu',
  bos_token_id: 1,
  eos_token_id: 2,
} as const;

const QWEN = {
  ...COMMON,
  vocab_size: 151_936,
  hidden_size: 4096,
  intermediate_size: 22_016,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 32,
  hidden_act: 'silu',
  max_position_embeddings: 32_768,
} as const;

const GEMMA = {
  ...COMMON,
  hidden_size: 2304,
  intermediate_size: 9216,
  num_hidden_layers: 26,
  num_attention_heads: 8,
  num_key_value_heads: 4,
  head_dim: 256,
  hidden_activation: 'gelu_pytorch_tanh',
  query_pre_attn_scalar: 256,
  sliding_window: 4096,
  pad_token_id: 0,
  eos_token_id: 1,
  bos_token_id: 2,
} as const;

/** By `model_type`; a type that is missing here has no defaults to fill in. */
export const CONFIG_DEFAULTS: Readonly<Partial<Record<string, JsonObject>>> = {
  llama: { ...LLAMA, intermediate_size: 11_008, max_position_embeddings: 2048 },
  mistral: {
    ...LLAMA,
    intermediate_size: 14_336,
    num_key_value_heads: 8,
    sliding_window: 4096,
    max_position_embeddings: 131_072,
  },
  qwen2: QWEN,
  qwen3: { ...QWEN, head_dim: 128 },
  gemma2: { ...GEMMA, vocab_size: 256_000, max_position_embeddings: 8192 },
  gemma3_text: { ...GEMMA, vocab_size: 262_208, max_position_embeddings: 131_072 },
};
