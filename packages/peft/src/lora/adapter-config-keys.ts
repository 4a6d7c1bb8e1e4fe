// The members of adapter_config.json that a LoRA adapter may have, by what is done with them.

/** Members that change nothing here: bookkeeping, and how weights were initialized. */
export const HARMLESS = new Set([
  'auto_mapping',
  'base_model_name_or_path',
  'inference_mode',
  'loftq_config',
  'eva_config',
  'corda_config',
  'lora_ga_config',
  'megatron_config',
  'megatron_core',
  'peft_version',
  'revision',
  'task_type',
  'qalora_group_size',
  'layers_pattern',
  'runtime_config',
  'use_memory_efficient_lora',
  'exclude_modules',
]);
/** Members that are written again as they were read. */
export const KEPT = [
  'rank_pattern',
  'alpha_pattern',
  'target_modules',
  'layers_to_transform',
  'exclude_modules',
];
/** Members that `AdapterConfigReader` reads. */
export const READ = new Set([
  'peft_type',
  'r',
  'lora_alpha',
  'target_modules',
  'target_parameters',
  'lora_dropout',
  'use_dora',
  'use_rslora',
  'rank_pattern',
  'alpha_pattern',
  'bias',
  'ensure_weight_tying',
  'lora_bias',
  'modules_to_save',
  'trainable_token_indices',
  'fan_in_fan_out',
  'init_lora_weights',
  'layers_to_transform',
]);
/**
 * Initializations that leave the base as it is and train both matrices: with others, PEFT changes
 * the base again whenever it opens the adapter.
 */
export const PLAIN_STARTS = new Set<unknown>([true, false, 'gaussian', 'orthogonal', 'eva']);
