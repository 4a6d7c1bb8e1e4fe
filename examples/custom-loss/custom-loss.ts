// Fine-tunes with label smoothing: your own loss, written with tensor operations and
// differentiated like the rest of the model.
import { add, logSoftmax, gather, mean, mul, neg, reshape, type Tensor } from '@automodel/core';
import cpu from '@automodel/cpu-backend';
import qwen from '@automodel/models-qwen';
import lora from '@automodel/peft';
import { finetune, type LossInputs } from '@automodel/run';
import { type Recipe } from '@automodel/recipe';

const SMOOTHING = 0.1;

/**
 * Cross entropy with (1 - SMOOTHING) of the target's weight on the target and the rest spread
 * evenly (Szegedy et al. 2016). f32[T], a loss for each token.
 */
function labelSmoothing({ logits, targets }: LossInputs): Tensor {
  const tokens = logits.shape[0]!;
  const logProbabilities = logSoftmax(logits, 1); // [T,V]
  const ofTarget = reshape(gather(logProbabilities, 1, reshape(targets, [tokens, 1]).to('i64')), [
    tokens,
  ]);
  const even = mean(logProbabilities, [1]);
  return neg(add(mul(ofTarget, 1 - SMOOTHING), mul(even, SMOOTHING)));
}

const recipe: Recipe = {
  model: { pretrained_model_name_or_path: 'examples/quickstart/base', torch_dtype: 'float32' },
  peft: { type: 'lora', target_modules: '*_proj', dim: 8, alpha: 16 },
  dataset: {
    type: 'chat',
    path_or_dataset_id: 'examples/quickstart/data/train.jsonl',
    split: 'train[:128]',
  },
  validation_dataset: {
    type: 'chat',
    path_or_dataset_id: 'examples/quickstart/data/validation.jsonl',
    split: 'train[:32]',
  },
  step_scheduler: {
    global_batch_size: 8,
    local_batch_size: 8,
    num_epochs: 1,
    max_steps: 12,
    val_every_steps: 6,
  },
  optimizer: { type: 'adamw', lr: 5e-3 },
  checkpoint: { checkpoint_dir: process.argv[2] ?? 'examples/custom-loss/output' },
};

for await (const event of finetune(recipe, { loss: labelSmoothing, plugins: [cpu, qwen, lora] })) {
  if (event.type === 'step')
    console.log(`step ${event.step + 1}: smoothed loss ${event.loss.toFixed(3)}`);
  if (event.type === 'validation')
    console.log(`validation: cross entropy ${event.loss.toFixed(3)}`);
}
