// Tiny models with random weights for every family and kind of tokenizer that GGUF files are
// written for, and adapters on them. Sizes are multiples of 32, so that Q8_0 stores every matrix.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openWeights, readTensor, sourceOfArray, writeSafetensors } from '@automodel/checkpoint';
import { AutoModelForCausalLM } from '@automodel/run';

const tokenizers = new URL('../../goldens/tokenizers/', import.meta.url).pathname;
const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'];
const SIZES = {
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 256,
  rms_norm_eps: 1e-6,
  initializer_range: 0.1,
  head_dim: 32,
};
const llama3Rope = {
  rope_type: 'llama3',
  rope_theta: 500000,
  factor: 8,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 64,
};
const yarn = {
  rope_type: 'yarn',
  rope_theta: 10000,
  factor: 4,
  original_max_position_embeddings: 64,
};

/** config.json without sizes, by name; the tokenizer's folder; modules of an adapter. */
export const MODELS = {
  llama3: {
    tokenizer: 'llama3',
    config: { model_type: 'llama', rope_parameters: llama3Rope },
    adapter: ['q_proj', 'k_proj', 'down_proj'],
  },
  'llama-biases-linear': {
    tokenizer: 'llama2',
    config: {
      model_type: 'llama',
      head_dim: 16,
      attention_bias: true,
      mlp_bias: true,
      tie_word_embeddings: true,
      rope_parameters: { rope_type: 'linear', rope_theta: 10000, factor: 4 },
    },
  },
  'llama-yarn': { tokenizer: 'llama3', config: { model_type: 'llama', rope_parameters: yarn } },
  mistral: { tokenizer: 'llama2', config: { model_type: 'mistral', sliding_window: 64 } },
  qwen2: {
    tokenizer: 'qwen2',
    config: { model_type: 'qwen2', head_dim: 16 },
    adapter: ['q_proj', 'v_proj'],
  },
  'qwen2-yarn': {
    tokenizer: 'qwen2',
    config: { model_type: 'qwen2', head_dim: 16, tie_word_embeddings: true, rope_parameters: yarn },
  },
  qwen3: { tokenizer: 'qwen2', config: { model_type: 'qwen3' } },
  gemma: { tokenizer: 'gemma', config: { model_type: 'gemma' } },
  gemma2: {
    tokenizer: 'gemma',
    config: {
      model_type: 'gemma2',
      num_hidden_layers: 4,
      sliding_window: 9,
      query_pre_attn_scalar: 24,
    },
    adapter: ['q_proj', 'o_proj'],
  },
  gemma3: {
    tokenizer: 'gemma',
    config: {
      model_type: 'gemma3_text',
      num_hidden_layers: 7,
      sliding_window: 9,
      query_pre_attn_scalar: 24,
    },
  },
};

/** Numbers between -1 and 1, the same at each run. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

async function vocabularySize(tokenizer) {
  const { model, added_tokens: added } = JSON.parse(
    await readFile(join(tokenizers, tokenizer, 'tokenizer.json'), 'utf8'),
  );
  return Math.max(...Object.values(model.vocab), ...added.map(({ id }) => id)) + 1;
}

/**
 * Norms of ones and biases of zeros would hide mistakes: all vectors are moved away from where they
 * start.
 */
async function moveVectors(folder) {
  const random = randomNumbers(7);
  const { tensors } = await openWeights(folder);
  const sources = [];
  for (const tensor of tensors.values()) {
    const values = await readTensor(tensor);
    if (tensor.shape.length === 1)
      for (let i = 0; i < values.length; i += 1) values[i] += 0.3 * random();
    sources.push(sourceOfArray(tensor.name, 'f32', tensor.shape, values));
  }
  const path = join(folder, 'model.safetensors');
  await rm(path);
  await writeSafetensors(path, sources);
}

/** Writes the folder of a model. A few rows more than the tokenizer has ids, as in many models. */
export async function makeModel(folder, { tokenizer, config }, plugins) {
  const description = `${folder}.config`;
  await mkdir(description, { recursive: true });
  for (const name of TOKENIZER_FILES)
    await cp(join(tokenizers, tokenizer, name), join(description, name));
  await writeFile(
    join(description, 'config.json'),
    JSON.stringify({
      ...SIZES,
      ...config,
      dtype: 'float32',
      vocab_size: (await vocabularySize(tokenizer)) + 5,
    }),
  );
  const model = await AutoModelForCausalLM.fromConfig(description, { plugins, seed: 3 });
  await model.savePretrained(folder);
  await model.close();
  await moveVectors(folder);
}

/** Writes a LoRA adapter for a model, with a scale of alpha / sqrt(rank). */
export async function makeAdapter(folder, model, modules) {
  const random = randomNumbers(11);
  const rank = 4;
  const matrix = (name, rows, columns) =>
    sourceOfArray(
      name,
      'f32',
      [rows, columns],
      Float32Array.from({ length: rows * columns }, () => 0.2 * random()),
    );
  const tensors = [...(await openWeights(model)).tensors.values()]
    .filter(({ name }) => modules.some((module) => name.endsWith(`.${module}.weight`)))
    .flatMap(({ name, shape: [rows, columns] }) => {
      const prefix = `base_model.model.${name.slice(0, -'.weight'.length)}`;
      return [
        matrix(`${prefix}.lora_A.weight`, rank, columns),
        matrix(`${prefix}.lora_B.weight`, rows, rank),
      ];
    });
  await mkdir(folder, { recursive: true });
  await writeSafetensors(join(folder, 'adapter_model.safetensors'), tensors);
  await writeFile(
    join(folder, 'adapter_config.json'),
    JSON.stringify({
      peft_type: 'LORA',
      r: rank,
      lora_alpha: 6,
      use_rslora: true,
      target_modules: modules,
      bias: 'none',
      lora_dropout: 0,
    }),
  );
}
