// A one-layer model folder with the quickstart's tokenizer, and rows to train it on.
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import cpu from '@automodel/cpu-backend';
import llama from '@automodel/models-llama';
import lora from '@automodel/peft';
import { AutoModelForCausalLM, type Plugin } from '@automodel/run';

export const plugins: readonly Plugin[] = [cpu, llama, lora];
export const repository = fileURLToPath(new URL('../../../../', import.meta.url));

const CONFIG = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  vocab_size: 1024,
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 16,
  max_position_embeddings: 256,
  tie_word_embeddings: false,
  eos_token_id: 2,
  torch_dtype: 'float32',
};

/** Writes `<root>/model` and `<root>/rows.jsonl`. */
export async function writeTinyFolder(root: string): Promise<void> {
  const [description, tokenizer] = [
    join(root, 'description'),
    join(repository, 'examples/quickstart/tokenizer'),
  ];
  await mkdir(description);
  await writeFile(join(description, 'config.json'), JSON.stringify(CONFIG));
  for (const name of await readdir(tokenizer))
    await copyFile(join(tokenizer, name), join(description, name));
  await using model = await AutoModelForCausalLM.fromConfig(description, {
    plugins,
    seed: 1,
    backend: { threads: 1 },
  });
  await model.savePretrained(join(root, 'model'));
  const rows = (
    await readFile(join(repository, 'examples/quickstart/data/validation.jsonl'), 'utf8')
  )
    .split('\n')
    .slice(0, 20);
  await writeFile(join(root, 'rows.jsonl'), `${rows.join('\n')}\n`);
}
