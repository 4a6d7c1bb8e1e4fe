// What vLLM asks of a LoRA adapter beyond PEFT: it validates modules by their last name only,
// ignores patterns of ranks and scales silently, and refuses biases, DoRA and whole modules at the
// first request.
// Source: vllm/lora/{peft_helper,lora_model,utils}.py.
import type {
  AdapterFolder,
  HuggingFaceFolder,
  JsonObject,
  JsonValue,
} from '@automodel/checkpoint';
import { AutomodelError, formatShape } from '@automodel/core';

const NAME = /^base_model\.model\.(.+)\.lora_([AB])\.weight$/;
const MERGE = 'Merge it into its model (automodel merge) and export that.';
/** Modules that are served only merged. */
const UNSERVED = /(^|\.)(lm_head|embed_tokens)$/;

const isFilled = (value: JsonValue | undefined): boolean =>
  value !== undefined &&
  value !== null &&
  value !== false &&
  value !== 'none' &&
  !(typeof value === 'object' && Object.keys(value).length === 0);

/** Rank, once everything is as vLLM wants it. Errors name the key or tensor and what to do. */
export function checkAdapter(
  { path, config, tensors }: AdapterFolder,
  base: HuggingFaceFolder,
): number {
  const location = `${path}/adapter_config.json`;
  if (config['peft_type'] !== 'LORA')
    throw new AutomodelError(
      'unsupported',
      `peft_type ${JSON.stringify(config['peft_type'])} is not served by vLLM, LORA is`,
      { location, hint: MERGE },
    );
  for (const key of [
    'use_dora',
    'bias',
    'modules_to_save',
    'rank_pattern',
    'alpha_pattern',
    'fan_in_fan_out',
    'target_parameters',
    'trainable_token_indices',
  ])
    if (isFilled(config[key]))
      throw new AutomodelError(
        'unsupported',
        `${key} ${JSON.stringify(config[key])} is not served by vLLM`,
        { location, hint: MERGE },
      );
  const rank = config['r'];
  if (typeof rank !== 'number' || !Number.isSafeInteger(rank) || rank < 1)
    throw new AutomodelError(
      'bad-config',
      `r must be a positive whole number, not ${JSON.stringify(rank)}`,
      { location },
    );
  if (typeof config['lora_alpha'] !== 'number')
    throw new AutomodelError('bad-config', 'lora_alpha must be a number', { location });
  for (const { name, shape, file } of tensors.values()) {
    const [, module, side] = NAME.exec(name) ?? [];
    if (module === undefined || UNSERVED.test(module))
      throw new AutomodelError('unsupported', `tensor ${name} is not served by vLLM`, {
        location: file,
        hint: MERGE,
      });
    const weight = base.weights.tensors.get(`${module}.weight`);
    if (weight === undefined)
      throw new AutomodelError('bad-file', `the model has no ${module}.weight for tensor ${name}`, {
        location: file,
        hint: 'The adapter belongs to another base; vLLM would load it and change nothing.',
      });
    const expected = side === 'A' ? [rank, weight.shape[1]!] : [weight.shape[0]!, rank];
    if (shape.join() !== expected.join())
      throw new AutomodelError(
        'bad-shape',
        `tensor ${name} has shape ${formatShape(shape)}, the model and r ask for ` +
          `${formatShape(expected)}`,
        { location: file, hint: 'The adapter belongs to another base.' },
      );
  }
  return rank;
}

/** Keys that other tools read besides those that are always written. */
const KEPT = ['layers_to_transform', 'layers_pattern', 'exclude_modules'];

/**
 * adapter_config.json with the keys that vLLM and PEFT read, and none that one of them would
 * ignore.
 */
export function servedConfig(
  { config, tensors }: AdapterFolder,
  base: HuggingFaceFolder,
): JsonObject {
  const modules = [
    ...new Set([...tensors.keys()].map((name) => NAME.exec(name)![1]!.split('.').at(-1)!)),
  ].sort();
  const targets = config['target_modules'];
  return {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path:
      typeof config['base_model_name_or_path'] === 'string'
        ? config['base_model_name_or_path']
        : base.path,
    r: config['r']!,
    lora_alpha: config['lora_alpha']!,
    lora_dropout: config['lora_dropout'] ?? 0,
    target_modules:
      targets === undefined || targets === null || targets === 'all-linear' ? modules : targets,
    use_rslora: config['use_rslora'] === true,
    use_dora: false,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    modules_to_save: null,
    ...Object.fromEntries(
      KEPT.filter((key) => isFilled(config[key])).map((key) => [key, config[key]!]),
    ),
  };
}
