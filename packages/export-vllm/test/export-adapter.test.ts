// Folders of adapters: the keys and names that vLLM reads, the exact rank in the command, and what
// is refused before a server would ignore it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExportResult } from '@automodel/contracts';
import { describe, expect, it } from 'vitest';
import vllm from '@automodel/export-vllm';
import { DECODER_NAMES } from '@automodel/nn';
import {
  scratch,
  standInLogits,
  tinyAdapter,
  tinyFolder,
  type TinyAdapter,
} from './tiny-folder.js';

async function write(
  options: TinyAdapter = {},
): Promise<ExportResult & { readonly model: string }> {
  const model = await tinyFolder({ files: { 'chat_template.jinja': 'x' } });
  return {
    ...(await vllm.export({
      model,
      adapter: await tinyAdapter(options),
      output: join(scratch(), 'sql'),
      names: DECODER_NAMES,
      logits: standInLogits,
    })),
    model,
  };
}

describe('an adapter folder', () => {
  it('has the keys that vLLM and PEFT read, and no others', async () => {
    const { path, model, checks, notes } = await write({ config: { use_rslora: true } });
    expect(JSON.parse(readFileSync(join(path, 'adapter_config.json'), 'utf8'))).toEqual({
      peft_type: 'LORA',
      task_type: 'CAUSAL_LM',
      base_model_name_or_path: model,
      r: 2,
      lora_alpha: 4,
      lora_dropout: 0,
      target_modules: ['q_proj'],
      use_rslora: true,
      use_dora: false,
      bias: 'none',
      fan_in_fan_out: false,
      inference_mode: true,
      modules_to_save: null,
    });
    expect(readFileSync(join(path, 'chat_template.jinja'), 'utf8')).toBe('x');
    expect(checks).toEqual([
      '2 tensors read back and equal',
      "logits equal to the source's",
      expect.stringMatching(/^the adapter moves the base's logits by/),
    ]);
    expect(notes).toEqual([]);
  });

  it.each([
    [1, 1],
    [2, 8],
    [8, 8],
    [9, 16],
    [33, 64],
    [257, 320],
    [512, 512],
  ])('of rank %i is served with --max-lora-rank %i', async (rank, served) => {
    const { command, model, path } = await write({ rank });
    expect(command).toBe(
      `vllm serve ${model} --enable-lora --max-lora-rank ${served} --lora-modules sql=${path}`,
    );
  });

  it('that changes nothing says so', async () => {
    expect((await write({ untrained: true })).notes).toEqual([
      'The adapter changes nothing: every matrix B is zero.',
    ]);
  });
});

describe('what vLLM would refuse or ignore', () => {
  it.each([
    ['DoRA', { config: { use_dora: true } }, /use_dora true is not served/],
    ['biases', { config: { bias: 'all' } }, /bias "all"/],
    [
      'whole modules',
      { config: { modules_to_save: ['lm_head'] } },
      /modules_to_save \["lm_head"\]/,
    ],
    ['ranks by module', { config: { rank_pattern: { q_proj: 4 } } }, /rank_pattern/],
    ['scales by module', { config: { alpha_pattern: { q_proj: 4 } } }, /alpha_pattern/],
    ['another kind', { config: { peft_type: 'IA3' } }, /peft_type "IA3"/],
    ['no rank', { config: { r: 0 } }, /r must be a positive whole number, not 0/],
    ['a rank above 512', { rank: 513 }, /ranks up to 512, not 513/],
    ['the head', { module: 'lm_head' }, /lm_head.lora_A.weight is not served/],
    [
      'a name with another prefix',
      { module: 'language_model.model.layers.0.self_attn.q_proj' },
      /the model has no language_model.model.layers.0.self_attn.q_proj.weight/,
    ],
    [
      'another width',
      { columns: 8 },
      /lora_A.weight has shape \[2, ?8\], but the model and r require \[2, ?4\]/,
    ],
  ] satisfies [string, TinyAdapter, RegExp][])('is refused: %s', async (_, options, message) => {
    await expect(write(options)).rejects.toThrow(message);
  });
});
