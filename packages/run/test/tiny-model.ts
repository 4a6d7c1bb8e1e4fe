// A one-layer Qwen 3 with random weights and the quickstart's tokenizer, as a Hugging Face folder:
// real enough to train, small enough for a test.
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import cpu from '@automodel/cpu-backend';
import qwen from '@automodel/models-qwen';
import { AutoModelForCausalLM, type Plugin } from '@automodel/run';

export const plugins: readonly Plugin[] = [cpu, qwen];

const quickstart = fileURLToPath(new URL('../../../examples/quickstart/', import.meta.url));
const CONFIG = {
  architectures: ['Qwen3ForCausalLM'],
  model_type: 'qwen3',
  vocab_size: 1024,
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 16,
  max_position_embeddings: 256,
  tie_word_embeddings: true,
  eos_token_id: 2,
  torch_dtype: 'float32',
};

/** Files that only describe the model: config, generation settings, tokenizer. */
export async function writeDescription(
  folder: string,
  config: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'config.json'),
    `${JSON.stringify({ ...CONFIG, ...config }, null, 2)}\n`,
  );
  await copyFile(
    join(quickstart, 'generation_config.json'),
    join(folder, 'generation_config.json'),
  );
  for (const name of await readdir(join(quickstart, 'tokenizer')))
    await copyFile(join(quickstart, 'tokenizer', name), join(folder, name));
  return folder;
}

/** A folder with weights. */
export async function writeModel(
  parent: string,
  config: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  await using model = await AutoModelForCausalLM.fromConfig(
    await writeDescription(join(parent, 'description'), config),
    { plugins, seed: 1, backend: { threads: 1 } },
  );
  return (await model.savePretrained(join(parent, 'model'))).directory;
}

/** The first rows of the quickstart's data. */
export async function writeRows(file: string, count: number): Promise<string> {
  const rows = (await readFile(join(quickstart, 'data/validation.jsonl'), 'utf8'))
    .split('\n')
    .slice(0, count);
  await writeFile(file, `${rows.join('\n')}\n`);
  return file;
}
