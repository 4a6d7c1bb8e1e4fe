// What is accepted of adapter_config.json and adapter_model.safetensors, and what is said about
// what is not.
import type { LinearModule } from '@automodel/contracts';
import type { Shape } from '@automodel/core';
import { expect, test } from 'vitest';
import plugin, { createLora } from '../src/index.js';
import { baseOf } from './base-of.js';

const MODULES: readonly LinearModule[] = ['q_proj', 'v_proj'].map((part) => {
  const [name, outFeatures] = [`model.layers.0.self_attn.${part}`, part === 'q_proj' ? 8 : 4];
  return { name, inFeatures: 8, outFeatures, weight: `${name}.weight`, shape: [outFeatures, 8] };
});
const CONFIG = {
  peft_type: 'LORA',
  r: 2,
  lora_alpha: 8,
  target_modules: ['v_proj', 'q_proj'],
  bias: 'none',
  lora_dropout: 0,
  task_type: 'CAUSAL_LM',
  peft_version: '0.21.2',
  layers_to_transform: null,
  loftq_config: {},
};
const shapesOf = (rank = 2): Map<string, Shape> =>
  new Map(
    MODULES.flatMap(
      ({ name, inFeatures, outFeatures }) =>
        [
          [`base_model.model.${name}.lora_A.weight`, [rank, inFeatures]],
          [`base_model.model.${name}.lora_B.weight`, [outFeatures, rank]],
        ] as [string, Shape][],
    ),
  );
const open = (changes: object = {}, shapes: ReadonlyMap<string, Shape> = shapesOf()) =>
  plugin.open({ path: 'a', config: { ...CONFIG, ...changes }, shapes }, baseOf(MODULES));

test('an adapter of PEFT is read and written as it was', () => {
  const adapter = open();
  expect(adapter.modules.map(({ name }) => name)).toEqual(MODULES.map(({ name }) => name));
  expect(adapter.owns('model.layers.0.self_attn.q_proj.lora_A.weight')).toBe(true);
  expect(adapter.owns('model.layers.0.self_attn.q_proj.weight')).toBe(false);
  expect(adapter.storedName('model.layers.0.self_attn.q_proj.lora_A.weight')).toBe(
    'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight',
  );
  expect(adapter.config('base')).toMatchObject({
    base_model_name_or_path: 'base',
    r: 2,
    lora_alpha: 8,
    target_modules: ['v_proj', 'q_proj'],
    bias: 'none',
    modules_to_save: null,
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    use_rslora: false,
  });
});

test('regular expressions, exclusions and patterns of rank and alpha mean what PEFT means', () => {
  expect(open({ target_modules: '.*\\.(q|v)_proj' }).modules).toHaveLength(2);
  expect(open({ target_modules: '(?P<all>.*)\\.(?P<part>q_proj|v_proj)\\Z' }).modules).toHaveLength(
    2,
  );
  expect(open({ target_modules: ['q_proj', 'query_key_value', 'v_proj'] }).modules).toHaveLength(2);
  const mixed = new Map(
    [...shapesOf()].map(([name, shape]) => [
      name,
      name.includes('v_proj') ? shape.map((n) => (n === 2 ? 6 : n)) : shape,
    ]),
  );
  const adapter = open({ rank_pattern: { v_proj: 6 }, alpha_pattern: { '.*v_proj': 3 } }, mixed);
  expect(adapter.modules).toMatchObject([
    { rank: 2, scale: 4 },
    { rank: 6, scale: 0.5 },
  ]);
  expect(adapter.config('b')).toMatchObject({ rank_pattern: { v_proj: 6 } });
  const only = new Map([...shapesOf()].filter(([name]) => name.includes('q_proj')));
  expect(open({ exclude_modules: ['v_proj'] }, only).modules).toHaveLength(1);
});

test.each<[object, RegExp]>([
  [{ peft_type: 'IA3' }, /peft_type "IA3" is not supported/],
  [{ peft_type: undefined }, /peft_type is missing/],
  [{ r: undefined }, /r is missing/],
  [{ lora_alpha: null }, /lora_alpha is missing/],
  [{ target_modules: undefined }, /target_modules is missing/],
  [{ r: 0 }, /r must be a positive whole number, not 0/],
  [{ r: 3 }, /has rank 3 here but 2 in adapter_model/],
  [{ modules_to_save: ['lm_head'] }, /modules_to_save "lm_head" matches no module of the model/],
  [{ modules_to_save: 7 }, /modules_to_save must be a list of names, not 7/],
  [{ modules_to_save: ['q_proj'] }, /q_proj is changed in two ways/],
  [{ trainable_token_indices: [1, 1] }, /trainable_token_indices must be a list of different/],
  [
    { trainable_token_indices: [1] },
    /names embed_tokens, which is neither an embedding nor the head/,
  ],
  [{ bias: 'some' }, /bias must be "none", "all" or "lora_only", not "some"/],
  [{ lora_bias: 1 }, /lora_bias must be true or false, not 1/],
  [{ lora_bias: true }, /lacks .*lora_B.bias/],
  [{ init_lora_weights: 'pissa_niter_4' }, /init_lora_weights "pissa_niter_4" is not supported/],
  [{ init_lora_weights: 'olora' }, /init_lora_weights "olora" is not supported/],
  [{ fan_in_fan_out: true }, /fan_in_fan_out true is not supported/],
  [{ some_new_trick: 3 }, /some_new_trick 3 is not supported/],
  [
    { target_modules: ['k_proj'] },
    /adapter_config.json: target_modules "k_proj" matches no linear module/,
  ],
  [{ target_modules: '(q|v' }, /adapter_config.json: target_modules "\(q\|v" is neither/],
  [
    { use_dora: true },
    /lacks base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector/,
  ],
])('%j is refused', (changes, message) => {
  expect(() => open(changes)).toThrow(message);
});

test('tensors that do not belong to the model are named', () => {
  expect(() =>
    open(
      {},
      new Map([
        ...shapesOf(),
        ['base_model.model.model.layers.7.self_attn.q_proj.lora_A.weight', [2, 8]],
      ]),
    ),
  ).toThrow(/no linear module for base_model.model.model.layers.7/);
  expect(() =>
    open(
      {},
      new Map(
        [...shapesOf()].map(([name, shape]) => [
          name,
          name.endsWith('q_proj.lora_B.weight') ? [9, 2] : shape,
        ]),
      ),
    ),
  ).toThrow(/q_proj.lora_B.weight has shape \[9,2\], but the model needs \[8,2\]/);
  expect(() =>
    open({}, new Map([...shapesOf()].filter(([name]) => !name.includes('v_proj')))),
  ).toThrow(/target_modules names model.layers.0.self_attn.v_proj, for which/);
  expect(() =>
    open({}, new Map([...shapesOf(), ['base_model.model.lm_head.lora_A.weight', [2, 8]]])),
  ).toThrow(/lm_head.lora_A.weight changes lm_head/);
  expect(() =>
    open(
      {},
      new Map([...shapesOf(), ['base_model.model.model.embed_tokens.lora_embedding_A', [2, 8]]]),
    ),
  ).toThrow(/changes embed_tokens/);
  expect(() => open({}, new Map())).toThrow(/no tensor is a LoRA matrix/);
});

test.each<[Readonly<Record<string, unknown>>, RegExp]>([
  [{ dim: 0 }, /peft.dim must be a positive whole number, not 0/],
  [{ rank: 4 }, /peft.rank is not an option of LoRA/],
  [{ alpha: -1 }, /peft.alpha must be a number above 0/],
  [{ dropout: 1 }, /peft.dropout must be at least 0 and below 1/],
  [{ lora_A_init: 'zeros' }, /peft.lora_A_init must be/],
  [{ match_all_linear: true, target_modules: 'q_proj' }, /exclude each other/],
  [{ target_modules: [3] }, /peft.target_modules must be a name or a list of names/],
])('options %j are refused', (options, message) => {
  expect(() => createLora(options, baseOf(MODULES))).toThrow(message);
});
