// LoRA for Automodel: a plugin that attaches low-rank adapters to linear modules, and the pieces it
// is made of.
import type { Adapter, AdapterPlugin, LinearModule } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { loraAdapter } from './lora/lora-adapter.js';
import { checkLoraOptions, type LoraOptions } from './lora/lora-options.js';
import { openLora } from './lora/open-lora.js';
import { matchModules } from './lora/target-modules.js';

export type { LoraOptions } from './lora/lora-options.js';
export { ALL_LINEAR, matchModules, type TargetModules } from './lora/target-modules.js';

/**
 * A new adapter for a model with these linear modules. Errors: see `checkLoraOptions` and
 * `matchModules`.
 */
export function createLora(
  options: Readonly<Record<string, unknown>>,
  modules: readonly LinearModule[],
): Adapter {
  const { targets, rank, alpha, useRslora, initializer, ...settings } = checkLoraOptions(options);
  const scale = alpha / (useRslora ? Math.sqrt(rank) : rank);
  const matched = matchModules(modules, targets);
  const expert = matched.find(({ experts }) => experts !== undefined);
  if (settings.useDora && expert !== undefined)
    throw new AutomodelError(
      'unsupported',
      `DoRA does not adapt experts, and ${expert.name} holds some`,
      { hint: 'leave use_dora out, or exclude the experts' },
    );
  const adapted = matched.map((module) => ({ ...module, rank, scale }));
  return loraAdapter(
    {
      ...settings,
      rank,
      alpha,
      useRslora,
      initializer: ({ inFeatures }) => initializer(inFeatures),
    },
    adapted,
    modules,
  );
}

/** The plugin; options given here are defaults for those of the run. */
export const lora = (defaults: LoraOptions = {}): AdapterPlugin => ({
  kind: 'adapter',
  apiVersion: 1,
  name: 'lora',
  create: (options, modules) => createLora({ ...defaults, ...options }, modules),
  open: openLora,
});

export default lora();
