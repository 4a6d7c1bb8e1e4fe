// Model folders of a few rows for tests: a config, numbers that tell where they came from, and a
// tokenizer from the repository's goldens.
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sourceOfArray, writeSafetensors } from '@automodel/checkpoint';

export const tokenizers = fileURLToPath(new URL('../../../goldens/tokenizers/', import.meta.url));

export const scratch = (): string => mkdtempSync(join(tmpdir(), 'export-gguf-'));

export interface TinyModel {
  readonly tokenizer: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly hidden?: number;
  /** Tensors besides the usual ones, by name. */
  readonly extra?: Readonly<Record<string, readonly number[]>>;
}

const ROWS = 2010;
const MLP = 64;
export const SIZES = { heads: 4, keyValueHeads: 2, headWidth: 8 };

/** Shapes of a layer's tensors in all families; what a family lacks is left out by `names`. */
const layerShapes = (hidden: number): Record<string, readonly number[]> => ({
  input_layernorm: [hidden],
  'self_attn.q_proj': [32, hidden],
  'self_attn.k_proj': [16, hidden],
  'self_attn.v_proj': [16, hidden],
  'self_attn.o_proj': [hidden, 32],
  'self_attn.q_norm': [8],
  'self_attn.k_norm': [8],
  post_attention_layernorm: [hidden],
  pre_feedforward_layernorm: [hidden],
  post_feedforward_layernorm: [hidden],
  'mlp.gate_proj': [MLP, hidden],
  'mlp.up_proj': [MLP, hidden],
  'mlp.down_proj': [hidden, MLP],
});

const SANDWICH = ['pre_feedforward_layernorm', 'post_feedforward_layernorm'];
const HEAD_NORMS = ['self_attn.q_norm', 'self_attn.k_norm'];
const absent = (modelType: string): readonly string[] => [
  ...(/^gemma[23]/.test(modelType) ? [] : SANDWICH),
  ...(/^(qwen3|gemma3_text)$/.test(modelType) ? [] : HEAD_NORMS),
];

/** Values of a tensor: all different, of both signs, none above 1. */
const valuesOf = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * 0.7 + seed));

/** The folder of one layer. */
export async function tinyModel(
  modelType: string,
  { tokenizer, config = {}, hidden = 32, extra = {} }: TinyModel,
): Promise<string> {
  const folder = join(scratch(), 'tiny');
  mkdirSync(folder);
  cpSync(join(tokenizers, tokenizer), folder, { recursive: true });
  const tied = modelType.startsWith('gemma');
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({
      model_type: modelType,
      vocab_size: ROWS,
      hidden_size: hidden,
      intermediate_size: MLP,
      num_hidden_layers: 1,
      num_attention_heads: SIZES.heads,
      num_key_value_heads: SIZES.keyValueHeads,
      head_dim: SIZES.headWidth,
      max_position_embeddings: 128,
      rms_norm_eps: 1e-6,
      tie_word_embeddings: tied,
      ...config,
    }),
  );
  const skipped = absent(modelType);
  const shapes: Record<string, readonly number[]> = {
    'model.embed_tokens.weight': [ROWS, hidden],
    'model.norm.weight': [hidden],
    ...(tied ? {} : { 'lm_head.weight': [ROWS, hidden] }),
    ...extra,
  };
  for (const [name, shape] of Object.entries(layerShapes(hidden)))
    if (!skipped.includes(name)) shapes[`model.layers.0.${name}.weight`] = shape;
  const sources = Object.entries(shapes).map(([name, shape], seed) =>
    sourceOfArray(
      name,
      'f32',
      shape,
      valuesOf(
        shape.reduce((a, b) => a * b, 1),
        seed,
      ),
    ),
  );
  await writeSafetensors(join(folder, 'model.safetensors'), sources);
  return folder;
}

/** The folder of an adapter of rank 2 on modules of layer 0: [name, rows, columns]. */
export async function tinyAdapter(
  modules: readonly (readonly [string, number, number])[],
  config: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const folder = join(scratch(), 'adapter');
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'adapter_config.json'),
    JSON.stringify({
      peft_type: 'LORA',
      r: 2,
      lora_alpha: 6,
      target_modules: modules.map(([name]) => name),
      bias: 'none',
      ...config,
    }),
  );
  await writeSafetensors(
    join(folder, 'adapter_model.safetensors'),
    modules.flatMap(([name, rows, columns]) => {
      const prefix = `base_model.model.model.layers.0.${name}`;
      return [
        sourceOfArray(`${prefix}.lora_A.weight`, 'f32', [2, columns], valuesOf(2 * columns, 1)),
        sourceOfArray(`${prefix}.lora_B.weight`, 'f32', [rows, 2], valuesOf(2 * rows, 2)),
      ];
    }),
  );
  return folder;
}
