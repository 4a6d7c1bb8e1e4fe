// What config.json means where a key is null, absent or of an older form, against transformers
// 5.17's config classes.
import { expect, test } from 'vitest';
import plugin from '../src/index.js';

const BASE = {
  vocab_size: 31,
  hidden_size: 32,
  intermediate_size: 8,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 2,
};
const WINDOWS = { use_sliding_window: true, sliding_window: 5, max_window_layers: 1 };

test.each([
  ['qwen2', WINDOWS, [0, 5, 5]],
  ['qwen2', { ...WINDOWS, use_sliding_window: undefined }, [0, 0, 0]],
  ['qwen2', { ...WINDOWS, sliding_window: null }, [0, 0, 0]],
  ['qwen2', { ...WINDOWS, sliding_window: undefined }, [0, 4096, 4096]],
  ['qwen2', { ...WINDOWS, max_window_layers: undefined }, [0, 0, 0]],
  [
    'qwen3',
    { ...WINDOWS, layer_types: ['sliding_attention', 'full_attention', 'sliding_attention'] },
    [5, 0, 5],
  ],
])('windows of %s with %j', (model_type, keys, windows) => {
  expect(
    plugin.create({ ...BASE, ...keys, model_type }).decode!.keyValues.map((layer) => layer.window),
  ).toEqual(windows);
});

test('key/value heads and widths where config.json is silent', () => {
  const first = (keys: object): unknown => plugin.create({ ...BASE, ...keys }).decode!.keyValues[0];
  expect(first({ model_type: 'qwen2', num_key_value_heads: null })).toEqual({
    heads: 4,
    width: 8,
    window: 0,
  });
  expect(first({ model_type: 'qwen3' })).toEqual({ heads: 2, width: 128, window: 0 });
  expect(plugin.create({ ...BASE, model_type: 'qwen2' })).toMatchObject({
    tiedHead: false,
    maxPositions: 32768,
  });
});

test('refuses an unknown layer type and a wrong number of them', () => {
  expect(() =>
    plugin.create({
      ...BASE,
      model_type: 'qwen3',
      layer_types: ['full_attention', 'linear_attention', 'full_attention'],
    }),
  ).toThrow(/layer type "linear_attention" is not supported/);
  expect(() =>
    plugin.create({ ...BASE, model_type: 'qwen3', layer_types: ['full_attention'] }),
  ).toThrow(/layer_types has 1 entries for 3 layers/);
});
