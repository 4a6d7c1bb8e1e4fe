// Files of models: every type of storage, what is refused, and what lies beside the file.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { openWeights, readTensor, sourceOfArray, writeSafetensors } from '@automodel/checkpoint';
import { describe, expect, it } from 'vitest';
import { readGgufFile } from './gguf-reader.js';
import { scratch, tinyModel } from './tiny-model.js';
import { write, sourceValues } from './written-file.js';

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

  it('lies beside other files with a Modelfile of its own name', async () => {
    const folder = await tinyModel('llama', { tokenizer: 'llama3' });
    const directory = join(scratch(), 'two');
    await write(folder, 'f32', join(directory, 'a.gguf'));
    const { files, notes } = await write(folder, 'q8_0', join(directory, 'b.gguf'));
    expect(files).toEqual(['b.gguf', 'b.Modelfile'].map((name) => join(directory, name)));
    expect(readFileSync(files[1]!, 'utf8')).toContain('FROM ./b.gguf\n');
    expect(readFileSync(join(directory, 'Modelfile'), 'utf8')).toContain('FROM ./a.gguf\n');
    expect(notes.join()).toContain('Modelfile belongs to another file and was left as it is');
  });

  it('is a folder that keeps other types, and takes the same type anew', async () => {
    const folder = await tinyModel('llama', { tokenizer: 'llama3' });
    const directory = join(scratch(), 'types');
    const first = await write(folder, 'f16', directory);
    const bytes = readFileSync(first.path);
    const second = await write(folder, 'q8_0', directory);
    const again = await write(folder, 'f16', directory);
    const names = [first, second, again].map(({ files }) => files.map((file) => basename(file)));
    const stems = [first.path, second.path].map((path) => basename(path, '.gguf'));
    expect(names).toEqual([
      [`${stems[0]!}.gguf`, 'Modelfile'],
      [`${stems[1]!}.gguf`, `${stems[1]!}.Modelfile`],
      [`${stems[0]!}.gguf`, 'Modelfile'],
    ]);
    expect(readFileSync(first.path).equals(bytes)).toBe(true);
    expect(readdirSync(directory).sort()).toEqual(
      ['.automodel.json', ...new Set(names.flat())].sort(),
    );
    expect(second.notes.join()).toContain('Modelfile belongs to another file');
    expect(again.notes.join()).not.toContain('Modelfile belongs');
    const others = `FROM ./my-${basename(first.path)}\n`;
    writeFileSync(join(directory, 'Modelfile'), others);
    await write(folder, 'f16', directory);
    expect(readFileSync(join(directory, 'Modelfile'), 'utf8')).toBe(others);
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
