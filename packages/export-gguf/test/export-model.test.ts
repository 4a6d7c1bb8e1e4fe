// Files of models: sizes and weights as llama.cpp wants them, for each family.
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readGgufFile } from './gguf-reader.js';
import { tinyModel } from './tiny-model.js';
import { write, sourceValues, storedValues } from './written-file.js';

describe('a llama file', () => {
  it('says what the model is, in the format of version 3', async () => {
    const folder = await tinyModel('llama', { tokenizer: 'llama3', config: { rope_theta: 5e5 } });
    const { path, files, command } = await write(folder);
    const file = readGgufFile(path);
    expect(file.version).toBe(3);
    expect(
      Object.fromEntries([...file.values].filter(([key]) => !key.startsWith('tokenizer.'))),
    ).toEqual({
      'general.architecture': 'llama',
      'general.type': 'model',
      'general.name': 'tiny',
      'general.file_type': 0,
      'general.quantization_version': 2,
      'llama.vocab_size': 2010,
      'llama.context_length': 128,
      'llama.embedding_length': 32,
      'llama.block_count': 1,
      'llama.feed_forward_length': 64,
      'llama.attention.layer_norm_rms_epsilon': Math.fround(1e-6),
      'llama.attention.head_count': 4,
      'llama.attention.head_count_kv': 2,
      'llama.attention.key_length': 8,
      'llama.attention.value_length': 8,
      'llama.rope.dimension_count': 8,
      'llama.rope.freq_base': 5e5,
    });
    expect(file.tensors.get('token_embd.weight')!.sizes).toEqual([32, 2010]);
    expect(file.offsets.every((offset) => offset % 32 === 0)).toBe(true);
    expect(files.map((name) => name.slice(dirname(path).length + 1))).toEqual([
      'tiny-f32.gguf',
      'Modelfile',
    ]);
    expect(command).toBe(`llama-server --model ${path}`);
  });

  it('holds queries and keys in neighbouring pairs, everything else as it was', async () => {
    const folder = await tinyModel('llama', { tokenizer: 'llama3' });
    const file = readGgufFile((await write(folder)).path);
    const [source, stored] = [
      await sourceValues(folder, 'model.layers.0.self_attn.k_proj.weight'),
      storedValues(file, 'blk.0.attn_k.weight'),
    ];
    const order = [0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15];
    order.forEach((from, to) =>
      expect(stored.subarray(to * 32, to * 32 + 32)).toEqual(
        source.subarray(from * 32, from * 32 + 32),
      ),
    );
    for (const [from, to] of [
      ['self_attn.v_proj', 'attn_v'],
      ['mlp.down_proj', 'ffn_down'],
      ['post_attention_layernorm', 'ffn_norm'],
    ] as const)
      expect(storedValues(file, `blk.0.${to}.weight`)).toEqual(
        await sourceValues(folder, `model.layers.0.${from}.weight`),
      );
    expect(storedValues(file, 'output.weight')).toEqual(
      await sourceValues(folder, 'lm_head.weight'),
    );
  });

  it('re-orders the biases of queries and keys, too', async () => {
    const folder = await tinyModel('llama', {
      tokenizer: 'llama3',
      config: { attention_bias: true },
      extra: { 'model.layers.0.self_attn.q_proj.bias': [32] },
    });
    const [source, stored] = [
      await sourceValues(folder, 'model.layers.0.self_attn.q_proj.bias'),
      storedValues(readGgufFile((await write(folder)).path), 'blk.0.attn_q.bias'),
    ];
    expect([...stored.subarray(0, 4)]).toEqual([source[0], source[4], source[1], source[5]]);
  });

  it('leaves out a tied head', async () => {
    const folder = await tinyModel('llama', {
      tokenizer: 'llama3',
      config: { tie_word_embeddings: true },
    });
    expect(readGgufFile((await write(folder)).path).tensors.has('output.weight')).toBe(false);
  });

  it('writes RoPE scaling: divisors for llama3, keys for linear and YaRN', async () => {
    const rope = (settings: object): Promise<string> =>
      tinyModel('llama', {
        tokenizer: 'llama3',
        config: { rope_parameters: { rope_theta: 1e4, ...settings } },
      });
    const llama3 = readGgufFile(
      (
        await write(
          await rope({
            rope_type: 'llama3',
            factor: 8,
            low_freq_factor: 1,
            high_freq_factor: 4,
            original_max_position_embeddings: 64,
          }),
        )
      ).path,
    );
    const divisors = storedValues(llama3, 'rope_freqs.weight');
    expect(divisors[0]).toBe(1); // a turn within 64 / 4 positions
    expect(divisors[3]).toBe(8); // one that takes longer than 64
    const linear = readGgufFile((await write(await rope({ rope_type: 'linear', factor: 4 }))).path);
    expect([
      linear.values.get('llama.rope.scaling.type'),
      linear.values.get('llama.rope.scaling.factor'),
    ]).toEqual(['linear', 4]);
    const yarn = readGgufFile(
      (
        await write(
          await rope({ rope_type: 'yarn', factor: 2, original_max_position_embeddings: 64 }),
        )
      ).path,
    );
    expect([
      yarn.values.get('llama.rope.scaling.type'),
      yarn.values.get('llama.rope.scaling.original_context_length'),
    ]).toEqual(['yarn', 64]);
  });
});

describe('other families', () => {
  it('gives Mistral the context within which its window changes nothing, and says so', async () => {
    const { path, notes } = await write(
      await tinyModel('mistral', { tokenizer: 'llama2', config: { sliding_window: 40 } }),
    );
    const { values } = readGgufFile(path);
    expect([values.get('general.architecture'), values.get('llama.context_length')]).toEqual([
      'llama',
      40,
    ]);
    expect(notes.join()).toContain('40 tokens');
  });

  it('leaves the rows of Qwen where they are', async () => {
    const folder = await tinyModel('qwen3', { tokenizer: 'qwen2' });
    const file = readGgufFile((await write(folder)).path);
    expect(storedValues(file, 'blk.0.attn_q.weight')).toEqual(
      await sourceValues(folder, 'model.layers.0.self_attn.q_proj.weight'),
    );
    expect(storedValues(file, 'blk.0.attn_q_norm.weight')).toEqual(
      await sourceValues(folder, 'model.layers.0.self_attn.q_norm.weight'),
    );
  });

  it("adds 1 to Gemma's norms and puts the scale of queries into weights", async () => {
    const folder = await tinyModel('gemma2', {
      tokenizer: 'gemma',
      config: {
        sliding_window: 9,
        query_pre_attn_scalar: 2,
        attn_logit_softcapping: 50,
        final_logit_softcapping: 30,
      },
    });
    const file = readGgufFile((await write(folder)).path);
    const norm = await sourceValues(folder, 'model.layers.0.pre_feedforward_layernorm.weight');
    expect(storedValues(file, 'blk.0.ffn_norm.weight')).toEqual(norm.map((value) => value + 1));
    const query = await sourceValues(folder, 'model.layers.0.self_attn.q_proj.weight');
    // sqrt(8 / 2)
    expect(storedValues(file, 'blk.0.attn_q.weight')).toEqual(query.map((value) => value * 2));
    expect([
      file.values.get('gemma2.attention.sliding_window'),
      file.values.get('gemma2.final_logit_softcapping'),
    ]).toEqual([9, 30]);
    expect(file.tensors.has('output.weight')).toBe(false);
  });

  it('scales the norm of queries where Gemma 3 has one', async () => {
    const folder = await tinyModel('gemma3_text', {
      tokenizer: 'gemma',
      config: { sliding_window: 9, query_pre_attn_scalar: 2, rope_local_base_freq: 5000 },
    });
    const file = readGgufFile((await write(folder)).path);
    const norm = await sourceValues(folder, 'model.layers.0.self_attn.q_norm.weight');
    expect(storedValues(file, 'blk.0.attn_q_norm.weight')).toEqual(
      norm.map((value) => Math.fround(value + 1) * 2),
    );
    expect([
      file.values.get('gemma3.rope.freq_base'),
      file.values.get('gemma3.rope.freq_base_swa'),
    ]).toEqual([1e6, 5000]);
  });
});
