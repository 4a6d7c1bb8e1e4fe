// Files of models: sizes and weights as llama.cpp wants them, every type of storage, and what is
// refused.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ExportResult } from '@automodel/contracts';
import { openWeights, readTensor, sourceOfArray, writeSafetensors } from '@automodel/checkpoint';
import { describe, expect, it } from 'vitest';
import gguf from '@automodel/export-gguf';
import { DECODER_NAMES } from '@automodel/nn';
import { floatsOf, readGgufFile, type ReadGguf } from './gguf-reader.js';
import { scratch, tinyModel } from './tiny-model.js';

const logits = (): Promise<Float32Array> => Promise.reject(new Error('not asked for'));
const write = (
  model: string,
  type?: string,
  output = join(scratch(), 'out'),
): Promise<ExportResult> => gguf.export({ model, output, type, names: DECODER_NAMES, logits });

const sourceValues = async (folder: string, name: string): Promise<Float32Array> =>
  (await readTensor((await openWeights(folder)).entry(name))) as Float32Array;
const storedValues = (file: ReadGguf, name: string): Float32Array =>
  floatsOf(file.tensors.get(name)!);

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

describe('types of storage', () => {
  it('keeps Q8_0 within half a step of each block', async () => {
    const folder = await tinyModel('llama', { tokenizer: 'llama3' });
    const file = readGgufFile((await write(folder, 'q8_0')).path);
    expect(file.values.get('general.file_type')).toBe(7);
    const [source, { bytes, type }] = [
      await sourceValues(folder, 'model.layers.0.mlp.up_proj.weight'),
      file.tensors.get('blk.0.ffn_up.weight')!,
    ];
    expect(type).toBe(8);
    for (let block = 0; block < source.length / 32; block += 1) {
      const values = source.subarray(block * 32, block * 32 + 32);
      const step = Math.max(...values.map(Math.abs)) / 127;
      values.forEach((value, i) =>
        expect(Math.abs(bytes.readInt8(block * 34 + 2 + i) * step - value)).toBeLessThanOrEqual(
          step * 0.501,
        ),
      );
      const half = bytes.readUInt16LE(block * 34);
      // the scale in f16
      expect(((1 + (half & 0x3ff) / 1024) * 2 ** ((half >> 10) - 15)) / step).toBeCloseTo(1, 3);
    }
    expect(file.tensors.get('output_norm.weight')!.type).toBe(0);
  });

  it('stores rows that blocks do not divide as f16', async () => {
    const { path, notes } = await write(
      await tinyModel('llama', { tokenizer: 'llama3', hidden: 24 }),
      'q8_0',
    );
    const { tensors } = readGgufFile(path);
    expect([
      tensors.get('token_embd.weight')!.type,
      tensors.get('blk.0.ffn_down.weight')!.type,
    ]).toEqual([1, 8]);
    expect(notes.join()).toContain('stored as f16');
  });

  it('writes bf16 and f16 rounded to nearest even, vectors as f32', async () => {
    const folder = await tinyModel('llama', { tokenizer: 'llama3' });
    const source = await sourceValues(folder, 'model.layers.0.self_attn.v_proj.weight');
    for (const [type, number, bits] of [
      ['bf16', 30, 8],
      ['f16', 1, 11],
    ] as const) {
      const { tensors } = readGgufFile((await write(folder, type)).path);
      expect([
        tensors.get('blk.0.attn_v.weight')!.type,
        tensors.get('blk.0.attn_norm.weight')!.type,
      ]).toEqual([number, 0]);
      const first = tensors.get('blk.0.attn_v.weight')!.bytes.readUInt16LE(2);
      const value =
        type === 'bf16'
          ? new Float32Array(Uint32Array.of(first << 16).buffer)[0]!
          : (1 + (first & 0x3ff) / 1024) *
            2 ** (((first >> 10) & 31) - 15) *
            (first >> 15 === 0 ? 1 : -1);
      expect(Math.abs(value / source[1]! - 1)).toBeLessThanOrEqual(2 ** -bits);
    }
  });

  it('refuses f16 for values beyond its range', async () => {
    const folder = await tinyModel('llama', { tokenizer: 'llama3' });
    const { tensors } = await openWeights(folder);
    const sources = await Promise.all(
      [...tensors.values()].map(async (tensor) =>
        sourceOfArray(
          tensor.name,
          'f32',
          tensor.shape,
          ((await readTensor(tensor)) as Float32Array).map((v) =>
            tensor.name.includes('up_proj') ? v * 1e6 : v,
          ),
        ),
      ),
    );
    rmSync(join(folder, 'model.safetensors'));
    await writeSafetensors(join(folder, 'model.safetensors'), sources);
    const output = join(scratch(), 'out');
    await expect(write(folder, 'f16', output)).rejects.toThrow(
      /up_proj.weight holds .*, which f16 cannot/,
    );
    expect(readdirSync(dirname(output))).toEqual([]);
  });

  it('refuses a type it does not know', async () => {
    await expect(async () =>
      write(await tinyModel('llama', { tokenizer: 'llama3' }), 'q4_k'),
    ).rejects.toThrow(/type "q4_k" is not one/);
  });
});

describe('what GGUF cannot express', () => {
  it.each([
    ['another model_type', 'olmo2', {}, /model_type "olmo2" cannot be written as GGUF/],
    [
      'dynamic RoPE',
      'llama',
      { rope_parameters: { rope_type: 'dynamic', factor: 2, rope_theta: 1e4 } },
      /RoPE type dynamic/,
    ],
    [
      'llama3 RoPE elsewhere',
      'qwen2',
      {
        rope_parameters: {
          rope_type: 'llama3',
          factor: 2,
          low_freq_factor: 1,
          high_freq_factor: 4,
          original_max_position_embeddings: 64,
          rope_theta: 1e4,
        },
      },
      /only read for llama/,
    ],
    ['another activation', 'llama', { hidden_act: 'gelu' }, /hidden_act "gelu"/],
    [
      'full attention in other layers',
      'gemma2',
      { layer_types: ['full_attention'] },
      /layer 0 is full_attention/,
    ],
    ['no soft cap', 'gemma2', { attn_logit_softcapping: null }, /attn_logit_softcapping null/],
    [
      'a YaRN of its own',
      'llama',
      {
        rope_parameters: {
          rope_type: 'yarn',
          factor: 2,
          beta_fast: 16,
          original_max_position_embeddings: 64,
          rope_theta: 1e4,
        },
      },
      /beta_fast 16/,
    ],
  ])('refuses %s', async (_, modelType, config, message) => {
    await expect(async () =>
      write(await tinyModel(modelType, { tokenizer: 'llama3', config })),
    ).rejects.toThrow(message);
  });

  it('refuses a tensor it has no place for', async () => {
    await expect(async () =>
      write(
        await tinyModel('llama', {
          tokenizer: 'llama3',
          extra: { 'model.layers.0.self_attn.sinks': [4] },
        }),
      ),
    ).rejects.toThrow(/self_attn.sinks has no place/);
  });
});

describe('the output', () => {
  it('is a file where the path ends in .gguf, and never replaces one', async () => {
    const folder = await tinyModel('llama', { tokenizer: 'llama3' });
    const output = join(scratch(), 'new', 'model.gguf');
    const { path } = await write(folder, 'f16', output);
    expect([path, existsSync(path)]).toEqual([output, true]);
    const before = readFileSync(path);
    await expect(write(folder, 'q8_0', output)).rejects.toThrow(/exists already/);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(dirname(output)).sort()).toEqual(['Modelfile', 'model.gguf']);
  });

  it('comes with a Modelfile that knows the form of the chat and its ends', async () => {
    const { files } = await write(await tinyModel('llama', { tokenizer: 'llama3' }));
    const text = readFileSync(files[1]!, 'utf8');
    expect(text).toMatch(
      /^FROM \.\/tiny-f32\.gguf\nTEMPLATE """\{\{- range \.Messages \}\}<\|start_header_id\|>/,
    );
    expect(text).toContain('PARAMETER stop "<|eot_id|>"');
  });
});
