// LoRA as an adapter: an interceptor of linear modules with parameters of its own, named as Hugging Face PEFT names them.
import type { Adapter, LinearModule } from '@automodel/contracts';
import { initialMagnitude, LORA, loraLinear, mergedWeight, type LoraModule, type LoraSettings } from './lora-module.js';
import { targetNames } from './target-modules.js';

/** PEFT's name of the model that an adapter wraps. */
export const STORED_PREFIX = 'base_model.model.';

/** What adapter_config.json says of the whole adapter. */
export interface LoraConfig extends LoraSettings {
  readonly rank: number;
  readonly alpha: number;
  readonly useRslora: boolean;
  /** Members of an opened adapter's config that are written again as they were. */
  readonly kept?: Readonly<Record<string, unknown>>;
}

/** `modules`: those that are adapted; `all`: every linear module of the model. */
export function loraAdapter(config: LoraConfig, modules: readonly LoraModule[], all: readonly LinearModule[]): Adapter {
  const byName = new Map(modules.map((module) => [module.name, module]));
  const parts = [LORA.a, LORA.b, ...(config.useDora ? [LORA.magnitude] : [])];
  const owned = new Set(modules.flatMap(({ name }) => parts.map((part) => `${name}.${part}`)));
  const moduleOf = (module: LinearModule): LoraModule => byName.get(module.name)!;
  return {
    name: 'lora',
    modules,
    interceptor: {
      linear: (call) => {
        const module = byName.get(call.module);
        return module === undefined ? call.next() : loraLinear(call, module, config);
      },
    },
    owns: (parameter) => owned.has(parameter),
    storedName: (parameter) => STORED_PREFIX + parameter,
    config: (base) => adapterConfig(config, base, targetNames(modules, all)),
    ...(config.useDora ? { initial: (module, scope) => [initialMagnitude(moduleOf(module), scope)] } : {}),
    mergedWeight: (module, scope) => mergedWeight(moduleOf(module), scope, config),
  };
}

/** What PEFT and vLLM read. Patterns of ranks and alphas appear only where an opened adapter had them: vLLM ignores them. */
function adapterConfig(config: LoraConfig, base: string, targets: readonly string[]): Record<string, unknown> {
  const { rank, alpha, dropout, useDora, useRslora, kept = {} } = config;
  return {
    base_model_name_or_path: base, bias: 'none', fan_in_fan_out: false, inference_mode: true, init_lora_weights: true, lora_alpha: alpha, lora_dropout: dropout, modules_to_save: null, peft_type: 'LORA',
    r: rank, target_modules: targets, task_type: 'CAUSAL_LM', use_dora: useDora, use_rslora: useRslora, ...kept,
  };
}
