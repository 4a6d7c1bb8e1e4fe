// Folders of results to push: a trained model with all that lies beside it, and an adapter.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { COMMIT } from './fake-repository.js';

export const WEIGHTS = 'weights of the model';
const CACHED = '/home/me/.cache/huggingface/hub/models--Qwen--Qwen3-0.6B';
export const SNAPSHOT = `${CACHED}/snapshots/${COMMIT}`;
export const RECIPE = `model:
  pretrained_model_name_or_path: ${SNAPSHOT}
dataset:
  path_or_dataset_id: /home/me/secret-project/train.jsonl
validation_dataset:
  path_or_dataset_id: rajpurkar/squad
wandb:
  api_key: abcdef
  url: https://example.org/a/b/c
note: uses hf_abcdefgh1234
checkpoint:
  checkpoint_dir: ./runs/one
`;
const METRICS = [
  { step: 0, loss: 3, num_label_tokens: 100 },
  { step: 0, val_name: 'default', val_loss: 2.5 },
  { step: 1, loss: 2.25, num_label_tokens: 150 },
  { step: 1, val_name: 'default', val_loss: 2 },
]
  .map((line) => JSON.stringify(line))
  .join('\n');

/** Writes `files` into `folder`; returns it. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

/** The folders `model` and `adapter` below `root`. */
export async function writeResults(root: string): Promise<void> {
  await writeFiles(join(root, 'model'), {
    'config.json': '{"model_type":"qwen3"}',
    'model.safetensors': WEIGHTS,
    'tokenizer.json': '{}',
    'chat_template.jinja': 'x',
    'recipe.yaml': RECIPE,
    'metrics.jsonl': `${METRICS}\n{"torn`,
    'answers.jsonl': '{}',
    'report.html': '<p>',
    'epoch_0_step_1/config.json': '{}',
    'epoch_0_step_1/training_state/state.json': '{}',
    'wandb/run.json': '{}',
  });
  await writeFiles(join(root, 'adapter'), {
    'adapter_config.json': JSON.stringify({
      base_model_name_or_path: '/home/me/base',
      peft_type: 'LORA',
      r: 8,
      lora_alpha: 16,
      target_modules: ['q_proj'],
    }),
    'adapter_model.safetensors': 'lora',
  });
}
