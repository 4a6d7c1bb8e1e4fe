// Keys of other tools (transformers, TRL, Axolotl, Unsloth, LLaMA-Factory, OpenAI) and where the
// same setting is here, so that an unknown key is answered with the one that is meant.

/** Paths of recipe keys by the names that other tools use, in snake_case. */
const KEYS: Readonly<Record<string, string>> = {
  learning_rate: 'optimizer.lr',
  base_lr: 'optimizer.lr',
  max_learning_rate: 'optimizer.lr',
  optim: 'optimizer.type',
  optimizer_type: 'optimizer.type',
  adam_beta1: 'optimizer.betas',
  adam_beta2: 'optimizer.betas',
  beta1: 'optimizer.betas',
  beta2: 'optimizer.betas',
  adam_epsilon: 'optimizer.eps',
  epsilon: 'optimizer.eps',
  wd: 'optimizer.weight_decay',
  min_learning_rate: 'lr_scheduler.min_lr',
  lr_scheduler_type: 'lr_scheduler.lr_decay_style',
  scheduler: 'lr_scheduler.lr_decay_style',
  warmup_steps: 'lr_scheduler.lr_warmup_steps',
  num_warmup_steps: 'lr_scheduler.lr_warmup_steps',
  warmup_ratio: 'lr_scheduler.lr_warmup_steps',
  warmup: 'lr_scheduler.lr_warmup_steps',
  max_grad_norm: 'clip_grad_norm.max_norm',
  gradient_clipping: 'clip_grad_norm.max_norm',
  grad_clip: 'clip_grad_norm.max_norm',
  batch_size: 'step_scheduler.global_batch_size',
  train_batch_size: 'step_scheduler.global_batch_size',
  per_device_train_batch_size: 'step_scheduler.local_batch_size',
  per_device_batch_size: 'step_scheduler.local_batch_size',
  micro_batch_size: 'step_scheduler.local_batch_size',
  gradient_accumulation_steps: 'step_scheduler.global_batch_size',
  epochs: 'step_scheduler.num_epochs',
  epoch: 'step_scheduler.num_epochs',
  n_epochs: 'step_scheduler.num_epochs',
  max_epochs: 'step_scheduler.num_epochs',
  num_train_epochs: 'step_scheduler.num_epochs',
  steps: 'step_scheduler.max_steps',
  num_steps: 'step_scheduler.max_steps',
  train_steps: 'step_scheduler.max_steps',
  total_steps: 'step_scheduler.max_steps',
  max_train_steps: 'step_scheduler.max_steps',
  iters: 'step_scheduler.max_steps',
  save_steps: 'step_scheduler.ckpt_every_steps',
  eval_steps: 'step_scheduler.val_every_steps',
  logging_steps: 'step_scheduler.log_remote_every_steps',
  max_length: 'dataset.seq_length',
  max_len: 'dataset.seq_length',
  max_seq_length: 'dataset.seq_length',
  max_seq_len: 'dataset.seq_length',
  seq_len: 'dataset.seq_length',
  sequence_len: 'dataset.seq_length',
  sequence_length: 'dataset.seq_length',
  model_max_length: 'dataset.seq_length',
  cutoff_len: 'dataset.seq_length',
  block_size: 'dataset.seq_length',
  context_length: 'dataset.seq_length',
  data: 'dataset.path_or_dataset_id',
  data_path: 'dataset.path_or_dataset_id',
  data_files: 'dataset.path_or_dataset_id',
  dataset_path: 'dataset.path_or_dataset_id',
  dataset_name: 'dataset.path_or_dataset_id',
  path: 'dataset.path_or_dataset_id',
  file: 'dataset.path_or_dataset_id',
  train_data: 'dataset.path_or_dataset_id',
  train_file: 'dataset.path_or_dataset_id',
  training_file: 'dataset.path_or_dataset_id',
  train_dataset: 'dataset.path_or_dataset_id',
  max_samples: 'dataset.limit_dataset_samples',
  max_train_samples: 'dataset.limit_dataset_samples',
  train_on_inputs: 'dataset.answer_only_loss_mask',
  eval_dataset: 'validation_dataset.path_or_dataset_id',
  eval_file: 'validation_dataset.path_or_dataset_id',
  validation_file: 'validation_dataset.path_or_dataset_id',
  val_data: 'validation_dataset.path_or_dataset_id',
  model_id: 'model.pretrained_model_name_or_path',
  model_name: 'model.pretrained_model_name_or_path',
  model_path: 'model.pretrained_model_name_or_path',
  model_name_or_path: 'model.pretrained_model_name_or_path',
  base_model: 'model.pretrained_model_name_or_path',
  lora_r: 'peft.dim',
  lora_rank: 'peft.dim',
  lora_dim: 'peft.dim',
  rank: 'peft.dim',
  r: 'peft.dim',
  lora_alpha: 'peft.alpha',
  lora_dropout: 'peft.dropout',
  lora_target_modules: 'peft.target_modules',
  adapter: 'peft.type',
  finetuning_type: 'peft.type',
  use_lora: 'peft.type',
  sample_packing: 'packed_sequence.packed_sequence_size',
  packing: 'packed_sequence.packed_sequence_size',
  optimizer_in_bwd: 'memory.optimizer_in_backward',
  gradient_checkpointing: 'distributed.activation_checkpointing',
  activation_checkpointing: 'distributed.activation_checkpointing',
  output: 'checkpoint.checkpoint_dir',
  output_dir: 'checkpoint.checkpoint_dir',
  save_dir: 'checkpoint.checkpoint_dir',
  save_total_limit: 'checkpoint.max_recent_checkpoints',
  resume: 'checkpoint.restore_from',
  resume_from_checkpoint: 'checkpoint.restore_from',
  bf16: 'precision',
  fp16: 'precision',
  dtype: 'precision',
  mixed_precision: 'precision',
  load_in_4bit: 'quantization.load_in_4bit',
  load_in_8bit: 'quantization.load_in_8bit',
  random_seed: 'seed',
  num_threads: 'backend.threads',
  threads: 'backend.threads',
};

/** Every key of another tool, with the path that it stands for. */
export const OTHER_TOOLS: ReadonlyMap<string, string> = new Map(Object.entries(KEYS));

/** `learningRate` and `learning-rate` are `learning_rate`. */
const snakeCase = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();

/**
 * The setting that another tool calls `key`; undefined for a key of no tool. `section`: the section
 * in which it was written, whose own keys are named alone.
 */
export function meantKey(key: string, section: string): string | undefined {
  const path = OTHER_TOOLS.get(snakeCase(key));
  if (path === undefined) return undefined;
  return path.startsWith(`${section}.`) ? path.slice(section.length + 1) : path;
}
