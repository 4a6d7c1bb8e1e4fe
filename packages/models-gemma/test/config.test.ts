// What config.json means where a key is null, absent or of an older form, against transformers
// 5.17's config classes.
import { expect, test } from 'vitest';
import plugin from '../src/index.js';

const BASE = {
  vocab_size: 31,
  hidden_size: 32,
  intermediate_size: 8,
  num_hidden_layers: 7,
  sliding_window: 9,
};
const windows = (keys: object): number[] =>
  plugin.create({ ...BASE, ...keys }).decode!.keyValues.map((layer) => layer.window);

test.each([
  [{ model_type: 'gemma' }, [0, 0, 0, 0, 0, 0, 0]],
  [{ model_type: 'gemma2' }, [9, 0, 9, 0, 9, 0, 9]],
  [{ model_type: 'gemma3_text' }, [9, 9, 9, 9, 9, 0, 9]],
  [{ model_type: 'gemma3_text', sliding_window_pattern: 3 }, [9, 9, 0, 9, 9, 0, 9]],
  [
    {
      model_type: 'gemma2',
      num_hidden_layers: 2,
      layer_types: ['full_attention', 'sliding_attention'],
    },
    [0, 9],
  ],
])('windows of %j', (keys, expected) => {
  expect(windows(keys)).toEqual(expected);
});

test.each([
  ['gemma', 16, 8192],
  ['gemma2', 4, 8192],
  ['gemma3_text', 4, 131072],
])('%s where config.json is silent', (model_type, heads, maxPositions) => {
  const model = plugin.create({ ...BASE, model_type });
  expect(model).toMatchObject({ tiedHead: true, maxPositions });
  expect(model.decode!.keyValues[0]).toMatchObject({ heads, width: 256 });
});

test('refuses attention in both directions', () => {
  expect(() =>
    plugin.create({ ...BASE, model_type: 'gemma3_text', use_bidirectional_attention: true }),
  ).toThrow(/use_bidirectional_attention true is not supported/);
});

test.each(['attn_logit_softcapping', 'final_logit_softcapping', 'query_pre_attn_scalar'])(
  'refuses %s 0, by which scores would be divided',
  (key) => {
    expect(() => plugin.create({ ...BASE, model_type: 'gemma2', [key]: 0 })).toThrow(
      `${key} must be a number above 0, not 0`,
    );
  },
);

test('refuses a model_type of another family', () => {
  expect(() => plugin.create({ ...BASE, model_type: 'llama' })).toThrow(
    /model_type "llama" is not a Gemma model/,
  );
});
