// From an adapter folder, or a recipe's peft section, to an adapter on a model: the plugin decides
// what it means, this file finds the plugin and the model's linear modules.
import { openAdapterFolder, type HuggingFaceFolder } from '@automodel/checkpoint';
import type { AdapterPlugin, LanguageModel } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import type { ResolveOptions } from '@automodel/hub';
import { modelFolderOf } from './mistaken-paths.js';
import { quantizedFormat, type ResolvedRecipe } from '@automodel/recipe';
import { adapterBase, quantizedBase, type SessionAdapter } from '@automodel/session';
import type { PluginRegistry } from '../plugins/plugin-registry.js';
import { createModel, type ModelChoice } from './model-folder.js';
import { adapterVocabulary, withVocabulary } from './vocabulary.js';

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
 * The adapter that a folder holds, on the model of `base`. Errors: `missing-plugin` or
 * `unsupported` naming the peft_type; those of the plugin, naming file and key.
 */
export async function openAdapter(
  plugins: PluginRegistry,
  directory: string,
  { base, model }: AdaptedModel,
): Promise<SessionAdapter> {
  const { path, config, tensors } = await openAdapterFolder(directory, base);
  const plugin = await pluginFor(plugins, config['peft_type'], path);
  const shapes = new Map([...tensors.values()].map(({ name, shape }) => [name, shape]));
  return { adapter: plugin.open({ path, config, shapes }, adapterBase(model)), tensors, seed: 0 };
}

/** What an adapter is opened on. */
export interface AdaptedModel {
  readonly base: HuggingFaceFolder;
  readonly model: LanguageModel;
}

/** A model with the adapter that a folder holds on it, if one is named. */
export interface OpenedAdapted {
  readonly model: LanguageModel;
  readonly adapter: SessionAdapter | undefined;
}

/**
 * The model of `base`, with as many rows in its tables as the adapter brings along. Errors: those
 * of `createModel` and `openAdapter`.
 */
export async function openAdapted(
  plugins: PluginRegistry,
  base: HuggingFaceFolder,
  directory: string | undefined,
  choice: Omit<ModelChoice, 'vocabularySize'> = {},
): Promise<OpenedAdapted> {
  if (directory === undefined)
    return { model: await createModel(plugins, base, choice), adapter: undefined };
  const own = await createModel(plugins, base, choice);
  const rows = adapterVocabulary(await openAdapterFolder(directory, base), own);
  const model = await withVocabulary(own, rows, (vocabularySize) =>
    createModel(plugins, base, { ...choice, vocabularySize }),
  );
  return { model, adapter: await openAdapter(plugins, directory, { base, model }) };
}

/**
 * A new adapter as a peft section describes it; `isResized`: the model's tables are not the
 * folder's. Errors: those of the plugin, naming the key.
 */
export async function createAdapter(
  plugins: PluginRegistry,
  options: Readonly<Record<string, unknown>>,
  model: LanguageModel,
  seed: number,
  isResized = false,
): Promise<SessionAdapter> {
  const plugin = await plugins.adapter(String(options['type'] ?? 'lora'));
  return { adapter: plugin.create(options, { ...adapterBase(model), isResized }), seed };
}

/** Rows in the tables that the saved adapter of a recipe brings along for `model`. */
export async function vocabularyOfRecipe(
  { peft }: ResolvedRecipe,
  base: HuggingFaceFolder,
  model: LanguageModel,
  hub: ResolveOptions,
): Promise<number | undefined> {
  const saved = peft?.adapter_name_or_path;
  if (saved === undefined) return undefined;
  const directory = await modelFolderOf(saved, hub);
  return adapterVocabulary(await openAdapterFolder(directory, base), model);
}

/** What the adapter of a recipe is made from. */
interface AdapterSources {
  readonly plugins: PluginRegistry;
  readonly hub: ResolveOptions;
  readonly model: () => Promise<LanguageModel>;
  readonly base: () => Promise<HuggingFaceFolder>;
}

/**
 * The adapter of a recipe, above a base that is held as the quantization section says; undefined if
 * the model's own weights are trained. Errors: `bad-recipe` for a quantised base without an
 * adapter, because codes are not trained.
 */
export async function adapterOfRecipe(
  recipe: ResolvedRecipe,
  sources: AdapterSources,
): Promise<SessionAdapter | undefined> {
  const format = quantizedFormat(recipe.quantization);
  const own = await adapterOfSection(recipe, sources);
  if (format === undefined) return own;
  if (own === undefined)
    throw new AutomodelError(
      'bad-recipe',
      'quantization holds the frozen weights below an adapter, and nothing is frozen without one',
      { hint: 'add a peft section, or leave quantization out' },
    );
  return quantizedBase(own, format);
}

/**
 * The adapter that a peft section opens or makes. Errors: `bad-recipe` for options beside a saved
 * adapter, which has its own.
 */
async function adapterOfSection(
  { peft, seed, model: section }: ResolvedRecipe,
  { plugins, hub, model: openModel, base }: AdapterSources,
): Promise<SessionAdapter | undefined> {
  if (peft === null) return undefined;
  const { adapter_name_or_path: saved, ...options } = peft;
  if (section.type === 'causal_lm_from_config')
    throw new AutomodelError(
      'bad-recipe',
      'peft needs a trained model below it, but model.type causal_lm_from_config starts from ' +
        'random weights',
    );
  const model = await openModel();
  if (saved === undefined) {
    const { config } = await base();
    const isResized = config['vocab_size'] !== model.vocabularySize;
    return createAdapter(plugins, definedOnly(options), model, seed, isResized);
  }
  const other = Object.entries(options).find(
    ([key, value]) => key !== 'type' && value !== undefined,
  )?.[0];
  if (other !== undefined)
    throw new AutomodelError(
      'bad-recipe',
      `peft.${other} cannot be set beside peft.adapter_name_or_path: the saved adapter decides it`,
    );
  return openAdapter(plugins, await modelFolderOf(saved, hub), { base: await base(), model });
}

const definedOnly = (options: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined && value !== null),
  );
