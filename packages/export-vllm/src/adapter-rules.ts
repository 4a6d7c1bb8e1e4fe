// What vLLM asks of a LoRA adapter beyond PEFT: it validates modules by their last name only,
// ignores patterns of ranks and scales silently, and refuses biases, DoRA and whole modules at the
// first request.
// Source: vllm/lora/{peft_helper,lora_model,utils}.py.
import {
  isSetting,
  type AdapterFolder,
  type HuggingFaceFolder,
  type JsonObject,
  type JsonValue,
  type StoredTensor,
} from '@automodel/checkpoint';
import type { ParameterNames } from '@automodel/contracts';
import { AutomodelError, formatShape } from '@automodel/core';

const NAME = /^base_model\.model\.(.+)\.lora_([AB])\.weight$/;
const MERGE = 'merge it into its model (automodel merge) and export that';

/** Settings of an adapter that vLLM ignores silently or refuses at the first request. */
const UNSERVED = [
  'use_dora',
  'bias',
  'lora_bias',
  'modules_to_save',
  'rank_pattern',
  'alpha_pattern',
  'fan_in_fan_out',
  'target_parameters',
  'trainable_token_indices',
];

/**
 * The rank, once everything is as vLLM wants it. `names`: embedding and head, which are served only
 * merged. Errors name the key or tensor and what to do.
 */
export function checkAdapter(
  { path, config, tensors }: AdapterFolder,
  base: HuggingFaceFolder,
  names: ParameterNames,
): number {
  const rank = checkConfig(config, `${path}/adapter_config.json`);
  for (const tensor of tensors.values()) checkTensor(tensor, rank, base, names);
  return rank;
}

/** The rank. */
function checkConfig(config: JsonObject, location: string): number {
  if (config['peft_type'] !== 'LORA')
    throw new AutomodelError(
      'unsupported',
      `peft_type ${JSON.stringify(config['peft_type'])} is not served by vLLM, LORA is`,
      { location, hint: MERGE },
    );
  const unserved = UNSERVED.find((key) => isSetting(config[key]));
  if (unserved !== undefined)
    throw new AutomodelError(
      'unsupported',
      `${unserved} ${JSON.stringify(config[unserved])} is not served by vLLM`,
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
  return rank;
}

function checkTensor(
  { name, shape, file }: StoredTensor,
  rank: number,
  base: HuggingFaceFolder,
  { embedding, head }: ParameterNames,
): void {
  const [, module, side] = NAME.exec(name) ?? [];
  if (module === undefined || [embedding, head].includes(`${module}.weight`))
    throw new AutomodelError('unsupported', `tensor ${name} is not served by vLLM`, {
      location: file,
      hint: MERGE,
    });
  const weight = base.weights.tensors.get(`${module}.weight`);
  if (weight === undefined)
    throw new AutomodelError('bad-file', `the model has no ${module}.weight for tensor ${name}`, {
      location: file,
      hint: 'the adapter belongs to another base; vLLM would load it and change nothing',
    });
  const [outFeatures = 0, inFeatures = 0] = weight.shape;
  const expected = side === 'A' ? [rank, inFeatures] : [outFeatures, rank];
  if (shape.join() !== expected.join())
    throw new AutomodelError(
      'bad-shape',
      `tensor ${name} has shape ${formatShape(shape)}, but the model and r require ` +
        `${formatShape(expected)}`,
      { location: file, hint: 'the adapter belongs to another base' },
    );
}

/** Keys that other tools read besides those that are always written. */
const KEPT = ['layers_to_transform', 'layers_pattern', 'exclude_modules'];
const isKept = ([key, value]: readonly [string, JsonValue]): boolean =>
  KEPT.includes(key) && isSetting(value);
/** PEFT's word for every linear module, which vLLM does not know. */
const ALL_LINEAR = 'all-linear';

/**
 * adapter_config.json with the keys that vLLM and PEFT read, and none that one of them would
 * ignore.
 */
export function servedConfig(
  { config, tensors }: AdapterFolder,
  base: HuggingFaceFolder,
): JsonObject {
  const modules = new Set(
    [...tensors.keys()].map((name) => NAME.exec(name)?.[1]?.split('.').at(-1) ?? name),
  );
  const targets = config['target_modules'] ?? ALL_LINEAR;
  return {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path:
      typeof config['base_model_name_or_path'] === 'string'
        ? config['base_model_name_or_path']
        : base.path,
    r: config['r'] ?? null,
    lora_alpha: config['lora_alpha'] ?? null,
    lora_dropout: config['lora_dropout'] ?? 0,
    target_modules: targets === ALL_LINEAR ? [...modules].sort() : targets,
    use_rslora: config['use_rslora'] === true,
    use_dora: false,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    modules_to_save: null,
    ...Object.fromEntries(Object.entries(config).filter(isKept)),
  };
}
