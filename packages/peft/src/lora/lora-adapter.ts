// LoRA as an adapter: an interceptor of linear modules with parameters of its own, named as Hugging
// Face PEFT names them.
import type { Adapter, LinearModule } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import {
  initialMagnitude,
  LORA,
  loraGroupedLinear,
  loraLinear,
  mergedWeight,
  type LoraModule,
  type LoraSettings,
} from './lora-module.js';
import { targetNames } from './target-modules.js';

/** PEFT's name of the model that an adapter wraps. */
export const STORED_PREFIX = 'base_model.model.';

/** What adapter_config.json says about the whole adapter. */
export interface LoraConfig extends LoraSettings {
  readonly rank: number;
  readonly alpha: number;
  readonly useRslora: boolean;
  /** Members of an opened adapter's config that are written again as they were. */
  readonly kept?: Readonly<Record<string, unknown>>;
}

/** `modules`: those that are adapted; `all`: every linear module of the model. */
export function loraAdapter(
  config: LoraConfig,
  modules: readonly LoraModule[],
  all: readonly LinearModule[],
): Adapter {
  const byName = new Map(modules.map((module) => [module.name, module]));
  const parts = [LORA.a, LORA.b, ...(config.useDora ? [LORA.magnitude] : [])];
  const owned = new Map(
    storedModules(modules).flatMap(({ module, path }) =>
      parts.map((part) => [`${module.name}.${part}`, `${path}.${part}`]),
    ),
  );
  const moduleOf = ({ name }: LinearModule): LoraModule => {
    const module = byName.get(name);
    if (module === undefined)
      throw new AutomodelError('internal', `the adapter has no module ${name}`);
    return module;
  };
  return {
    name: 'lora',
    modules,
    interceptor: {
      linear: (call) => {
        const module = byName.get(call.module);
        return module === undefined ? call.next() : loraLinear(call, module, config);
      },
      groupedLinear: (call) => {
        const module = byName.get(call.weight);
        return module === undefined ? call.next() : loraGroupedLinear(call, module, config);
      },
    },
    owns: (parameter) => owned.has(parameter),
    storedName: (parameter) => owned.get(parameter) ?? STORED_PREFIX + parameter,
    config: (base) => adapterConfig(config, base, modules, all),
    ...(config.useDora
      ? { initial: (module, scope) => [initialMagnitude(moduleOf(module), scope)] }
      : {}),
    mergedWeight: (module, scope) => mergedWeight(moduleOf(module), scope, config),
  };
}

const isPlain = ({ experts }: LinearModule): boolean => experts === undefined;

/** A module and the path below which PEFT stores its matrices. */
export interface StoredModule<M extends LinearModule> {
  readonly module: M;
  readonly path: string;
}

/**
 * The modules with their stored paths, in the same order. PEFT wraps the parameters of one module
 * around each other, so that those of experts nest: the first to be called is the innermost, with
 * one `base_layer` for each that lies around it.
 */
export function storedModules<M extends LinearModule>(
  modules: readonly M[],
): readonly StoredModule<M>[] {
  const around = new Map<string, number>();
  const pathOf = (module: M): string => {
    if (isPlain(module)) return STORED_PREFIX + module.name;
    const parent = module.name.slice(0, module.name.lastIndexOf('.'));
    const outer = around.get(parent) ?? 0;
    around.set(parent, outer + 1);
    return STORED_PREFIX + parent + '.base_layer'.repeat(outer);
  };
  return modules
    .toReversed()
    .map((module) => ({ module, path: pathOf(module) }))
    .toReversed();
}

/**
 * What PEFT and vLLM read. Patterns of ranks and alphas appear only where an opened adapter had
 * them: vLLM ignores them.
 */
function adapterConfig(
  config: LoraConfig,
  base: string,
  modules: readonly LoraModule[],
  all: readonly LinearModule[],
): Record<string, unknown> {
  const { rank, alpha, dropout, useDora, useRslora, kept = {} } = config;
  return {
    base_model_name_or_path: base,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: alpha,
    lora_dropout: dropout,
    modules_to_save: null,
    peft_type: 'LORA',
    r: rank,
    target_modules: targetNames(modules.filter(isPlain), all.filter(isPlain)),
    ...(modules.every(isPlain)
      ? {}
      : {
          target_parameters: modules.filter((module) => !isPlain(module)).map(({ name }) => name),
        }),
    task_type: 'CAUSAL_LM',
    use_dora: useDora,
    use_rslora: useRslora,
    ...kept,
  };
}
