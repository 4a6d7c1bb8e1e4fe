// What a LoRA adapter's adapter_config.json says.
import type { AdapterBase } from '@automodel/contracts';
import type { LoraParts } from './lora-adapter.js';
import type { LoraSettings } from './lora-module.js';
import { isPlain } from './stored-modules.js';
import { targetNames } from './target-modules.js';

/** What adapter_config.json says about the whole adapter. */
export interface LoraConfig extends LoraSettings {
  readonly rank: number;
  readonly alpha: number;
  readonly useRslora: boolean;
  /** Which biases of the model are trained. */
  readonly bias: 'none' | 'all' | 'lora_only';
  /** Names of modules that are trained whole, as in the file. */
  readonly modulesToSave: readonly string[];
  /** PEFT's `trainable_token_indices`, as in the file. */
  readonly tokenIndices: readonly number[] | Readonly<Record<string, readonly number[]>> | null;
  /** Embedding and head that are tied are trained as one. */
  readonly ensureWeightTying: boolean;
  /** Members of an opened adapter's config that are written again as they were. */
  readonly kept?: Readonly<Record<string, unknown>>;
}

/**
 * What PEFT and vLLM read. Patterns of ranks and alphas appear only where an opened adapter had
 * them: vLLM ignores them.
 */
export function adapterConfig(
  config: LoraConfig,
  base: string,
  parts: LoraParts,
  { modules: all, head }: AdapterBase,
): Record<string, unknown> {
  const { rank, alpha, dropout, useDora, useRslora, loraBias, kept = {} } = config;
  const { bias, modulesToSave, tokenIndices, ensureWeightTying } = config;
  const linear = parts.modules.filter((module) => isPlain(module) && module !== parts.head);
  const experts = parts.modules.filter((module) => !isPlain(module));
  const tables = [parts.embedding?.table.module, parts.head === undefined ? undefined : head?.name]
    .filter((name) => name !== undefined)
    .map((name) => name.slice(name.lastIndexOf('.') + 1));
  return {
    base_model_name_or_path: base,
    bias,
    ...(ensureWeightTying ? { ensure_weight_tying: true } : {}),
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: alpha,
    ...(loraBias ? { lora_bias: true } : {}),
    lora_dropout: dropout,
    modules_to_save: modulesToSave.length === 0 ? null : modulesToSave,
    peft_type: 'LORA',
    r: rank,
    target_modules: [...targetNames(linear, all.filter(isPlain)), ...tables],
    ...(experts.length === 0 ? {} : { target_parameters: experts.map(({ name }) => name) }),
    ...(tokenIndices === null ? {} : { trainable_token_indices: tokenIndices }),
    task_type: 'CAUSAL_LM',
    use_dora: useDora,
    use_rslora: useRslora,
    ...kept,
  };
}
