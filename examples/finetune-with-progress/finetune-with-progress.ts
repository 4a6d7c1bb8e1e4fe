// Fine-tunes the quickstart's base model through a LoRA adapter and shows how far it is, until the
// loss is low enough.
import cpu from '@automodel/cpu-backend';
import qwen from '@automodel/models-qwen';
import lora from '@automodel/peft';
import { finetune } from '@automodel/run';
import { type Recipe } from '@automodel/recipe';

const recipe: Recipe = {
  model: { pretrained_model_name_or_path: 'examples/quickstart/base', torch_dtype: 'float32' },
  peft: { type: 'lora', target_modules: '*_proj', dim: 8, alpha: 16 },
  dataset: {
    type: 'chat',
    path_or_dataset_id: 'examples/quickstart/data/train.jsonl',
    split: 'train[:256]',
  },
  step_scheduler: { global_batch_size: 8, local_batch_size: 8, num_epochs: 1 },
  optimizer: { type: 'adamw', lr: 5e-3 },
  checkpoint: { checkpoint_dir: process.argv[2] ?? 'examples/finetune-with-progress/output' },
};

interface Progress {
  readonly step: number;
  readonly totalSteps: number;
  readonly loss: number;
}

/** Runs the recipe; `onStep` sees every step, and ends the run by returning true. */
async function finetuneUntil(onStep: (progress: Progress) => boolean): Promise<void> {
  const controller = new AbortController();
  for await (const event of finetune(recipe, {
    signal: controller.signal,
    plugins: [cpu, qwen, lora],
  })) {
    if (event.type === 'step' && onStep(event)) controller.abort();
    if (event.type === 'checkpoint-saved') console.log(`saved ${event.path}`);
    if (event.type === 'done') console.log(`${event.reason} after ${event.steps} steps`);
  }
}

await finetuneUntil(({ step, totalSteps, loss }) => {
  console.log(`step ${step + 1} of ${totalSteps}: loss ${loss.toFixed(3)}`);
  return loss < 2;
});
