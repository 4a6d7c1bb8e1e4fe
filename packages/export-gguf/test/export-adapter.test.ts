// Files of adapters: names, row order and scale as llama.cpp applies them to a base, and what is
// refused.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExportResult } from '@automodel/contracts';
import { openSafetensors, readTensor } from '@automodel/checkpoint';
import { describe, expect, it } from 'vitest';
import gguf from '@automodel/export-gguf';
import { DECODER_NAMES } from '@automodel/nn';
import { floatsOf, readGgufFile } from './gguf-reader.js';
import { scratch, tinyAdapter, tinyModel } from './tiny-model.js';

async function write(
  adapter: string,
  type?: string,
  modelType = 'llama',
): Promise<ExportResult & { readonly model: string }> {
  const model = await tinyModel(modelType, {
    tokenizer: 'llama3',
    config: { query_pre_attn_scalar: 2 },
  });
  return {
    ...(await gguf.export({
      model,
      adapter,
      output: join(scratch(), 'out'),
      type,
      names: DECODER_NAMES,
      logits: () => Promise.reject(new Error('not asked for')),
    })),
    model,
  };
}

async function sourceOf(adapter: string, name: string): Promise<Float32Array> {
  const { tensors } = await openSafetensors(join(adapter, 'adapter_model.safetensors'));
  return (await readTensor(
    tensors.find((tensor) => tensor.name === `base_model.model.model.layers.0.${name}.weight`)!,
  )) as Float32Array;
}

describe('an adapter file', () => {
  it("has the base's names, pairs of rows in B of queries, and alpha", async () => {
    const adapter = await tinyAdapter([
      ['self_attn.q_proj', 32, 32],
      ['mlp.down_proj', 32, 64],
    ]);
    const { path, files, command, model } = await write(adapter);
    const { values, tensors } = readGgufFile(path);
    expect(Object.fromEntries(values)).toEqual({
      'general.architecture': 'llama',
      'general.type': 'adapter',
      'general.name': 'adapter',
      'adapter.type': 'lora',
      'adapter.lora.alpha': 6,
    });
    expect([...tensors.keys()].sort()).toEqual([
      'blk.0.attn_q.weight.lora_a',
      'blk.0.attn_q.weight.lora_b',
      'blk.0.ffn_down.weight.lora_a',
      'blk.0.ffn_down.weight.lora_b',
    ]);
    expect(tensors.get('blk.0.ffn_down.weight.lora_a')!.sizes).toEqual([64, 2]);
    const [source, stored] = [
      await sourceOf(adapter, 'self_attn.q_proj.lora_B'),
      floatsOf(tensors.get('blk.0.attn_q.weight.lora_b')!),
    ];
    [0, 4, 1, 5, 2, 6, 3, 7, 8, 12].forEach((from, to) =>
      expect([...stored.subarray(to * 2, to * 2 + 2)]).toEqual([
        ...source.subarray(from * 2, from * 2 + 2),
      ]),
    );
    expect(floatsOf(tensors.get('blk.0.attn_q.weight.lora_a')!)).toEqual(
      await sourceOf(adapter, 'self_attn.q_proj.lora_A'),
    );
    expect(readFileSync(files[1]!, 'utf8')).toMatch(
      new RegExp(`^FROM ${model}\nADAPTER \\./adapter-f32\\.gguf\n`),
    );
    expect(command).toContain(`--lora ${path}`);
  });

  it('has an alpha that gives alpha / sqrt(rank) for rsLoRA', async () => {
    const { path } = await write(
      await tinyAdapter([['self_attn.v_proj', 16, 32]], { use_rslora: true }),
    );
    expect(readGgufFile(path).values.get('adapter.lora.alpha')).toBe(Math.fround(6 * Math.SQRT2));
  });

  it('scales B where the file of the base has scaled queries', async () => {
    const adapter = await tinyAdapter([['self_attn.q_proj', 32, 32]]);
    const stored = floatsOf(
      readGgufFile((await write(adapter, 'f32', 'gemma2')).path).tensors.get(
        'blk.0.attn_q.weight.lora_b',
      )!,
    );
    expect(stored).toEqual(
      (await sourceOf(adapter, 'self_attn.q_proj.lora_B')).map((value) => value * 2),
    );
  });
});

describe('what llama.cpp cannot apply to a model', () => {
  const query = [['self_attn.q_proj', 32, 32]] as const;
  it.each([
    ['DoRA', query, { use_dora: true }, undefined, /use_dora true/],
    ['scales by module', query, { alpha_pattern: { q_proj: 3 } }, undefined, /alpha_pattern/],
    ['whole modules', query, { modules_to_save: ['lm_head'] }, undefined, /modules_to_save/],
    ['another kind', query, { peft_type: 'IA3' }, undefined, /peft_type "IA3"/],
    ['blocks of 32 for small matrices', query, {}, 'q8_0', /not written as q8_0/],
    [
      'another base',
      [['self_attn.q_proj', 48, 32]] as const,
      {},
      undefined,
      /lora_B.weight has shape \[48, ?2\], but .*q_proj.weight has \[32, ?32\]/,
    ],
    [
      'a module without a place',
      [['self_attn.qkv_proj', 32, 32]] as const,
      {},
      undefined,
      /qkv_proj.lora_A.weight has no place/,
    ],
  ])('is refused: %s', async (_, modules, config, type, message) => {
    await expect(async () => write(await tinyAdapter(modules, config), type)).rejects.toThrow(
      message,
    );
  });
});
