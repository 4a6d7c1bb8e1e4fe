// What config.json means where a key is null, absent or of an older form, against transformers
// 5.17's config classes.
import { expect, test } from 'vitest';
import plugin from '../src/index.js';

const BASE = {
  vocab_size: 31,
  hidden_size: 32,
  intermediate_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 4,
  num_key_value_heads: 2,
};

test.each([
  ['llama', {}, { heads: 2, width: 8, window: 0 }, 2048],
  ['llama', { num_key_value_heads: null, head_dim: null }, { heads: 4, width: 8, window: 0 }, 2048],
  [
    'llama',
    { num_key_value_heads: undefined, head_dim: 24, sliding_window: 5, pretraining_tp: 2 },
    { heads: 4, width: 24, window: 0 },
    2048,
  ],
  ['mistral', {}, { heads: 2, width: 8, window: 4096 }, 131072],
  [
    'mistral',
    { sliding_window: null, num_key_value_heads: null, head_dim: null },
    { heads: 4, width: 8, window: 0 },
    131072,
  ],
  [
    'mistral',
    {
      sliding_window: 9,
      num_key_value_heads: undefined,
      num_attention_heads: 8,
      max_position_embeddings: 64,
    },
    { heads: 8, width: 4, window: 9 },
    64,
  ],
])('%s with %j', (model_type, keys, keyValue, maxPositions) => {
  const model = plugin.create({ ...BASE, ...keys, model_type });
  expect(model.decode!.keyValues).toEqual([keyValue]);
  expect([model.tiedHead, model.maxPositions]).toEqual([false, maxPositions]);
});

test.each([
  [{ hidden_act: 'mish' }, /activation "mish" is not supported/],
  [{ rope_scaling: { rope_type: 'longrope', factor: 2 } }, /RoPE type "longrope" is not supported/],
  [
    { quantization_config: { quant_method: 'gptq' } },
    /quantization_config .* is not supported for model_type "llama"/,
  ],
  [{ partial_rotary_factor: 0.5 }, /partial_rotary_factor 0.5 is not supported/],
  [{ hidden_act: 'constructor' }, /activation "constructor" is not supported/],
  [{ num_attention_heads: 2, hidden_size: 14 }, /head width of 7/],
  [{ num_key_value_heads: 3 }, /num_attention_heads 4 is not a multiple of num_key_value_heads 3/],
  [{ rope_theta: 0 }, /rope_theta must be a number above 0, not 0/],
])('refuses %j by name', (keys, message) => {
  expect(() => plugin.create({ ...BASE, ...keys, model_type: 'llama' })).toThrow(message);
});
