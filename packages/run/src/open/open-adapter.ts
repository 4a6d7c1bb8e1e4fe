// From an adapter folder, or a recipe's peft section, to an adapter on a model: the plugin decides
// what it means, this file finds the plugin and the model's linear modules.
import { openAdapterFolder } from '@automodel/checkpoint';
import type { AdapterPlugin, LanguageModel } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { linearModules, type SessionAdapter } from '@automodel/session';
import type { PluginRegistry } from '../plugins/plugin-registry.js';

/** PEFT's names of adapter kinds are the plugins' in capitals. */
const kindOf = (peftType: unknown): string =>
  typeof peftType === 'string' ? peftType.toLowerCase() : 'lora';

async function pluginFor(
  plugins: PluginRegistry,
  peftType: unknown,
  path: string,
): Promise<AdapterPlugin> {
  try {
    return await plugins.adapter(kindOf(peftType));
  } catch (error) {
    if (!(error instanceof AutomodelError)) throw error;
    throw new AutomodelError(
      error.code,
      `peft_type ${JSON.stringify(peftType)}: ${error.message}`,
      { location: `${path}/adapter_config.json`, hint: error.hint, cause: error },
    );
  }
}

/**
 * The adapter that a folder holds. Errors: `missing-plugin` or `unsupported` naming the peft_type;
 * those of the plugin, naming file and key.
 */
export async function openAdapter(
  plugins: PluginRegistry,
  directory: string,
  model: LanguageModel,
): Promise<SessionAdapter> {
  const { path, config, tensors } = await openAdapterFolder(directory);
  const plugin = await pluginFor(plugins, config['peft_type'], path);
  const shapes = new Map([...tensors.values()].map(({ name, shape }) => [name, shape]));
  return { adapter: plugin.open({ path, config, shapes }, linearModules(model)), tensors, seed: 0 };
}

/** A new adapter as a peft section describes it. Errors: those of the plugin, naming the key. */
export async function createAdapter(
  plugins: PluginRegistry,
  options: Readonly<Record<string, unknown>>,
  model: LanguageModel,
  seed: number,
): Promise<SessionAdapter> {
  const plugin = await plugins.adapter(String(options['type'] ?? 'lora'));
  return { adapter: plugin.create(options, linearModules(model)), seed };
}
