// From the model section of a recipe, or a folder name, to an opened Hugging Face folder, its model
// and the precision of a run.
import { basename, dirname, join, resolve } from 'node:path';
import { readdir, stat } from 'node:fs/promises';
import { HuggingFaceFolder, refuseQuantized } from '@automodel/checkpoint';
import type { LanguageModel } from '@automodel/contracts';
import { AutomodelError, type DType } from '@automodel/core';
import { GRAPH_FILE, openRecordedModel } from '@automodel/recorded';
import type { Precision } from '@automodel/session';
import type { ResolveOptions } from '@automodel/hub';
import { modelFolderOf } from './mistaken-paths.js';
import type { PluginRegistry } from '../plugins/plugin-registry.js';
import type { ResolvedRecipe } from '@automodel/recipe';
import { vocabularyChange } from './vocabulary.js';

/** A folder. `fromScratch`: its weights are not used, and the model starts from random ones. */
export interface ModelFolder {
  readonly folder: HuggingFaceFolder;
  readonly fromScratch: boolean;
}

/** The folder of config.json given by its own path, its folder, or a hub id. */
async function configFolder(written: string, options: ResolveOptions): Promise<string> {
  const path = resolve(options.workingDirectory ?? '.', written);
  const isFile = await stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
  if (!isFile) return modelFolderOf(written, { ...options, parts: 'config' });
  if (options.revision !== undefined)
    throw new AutomodelError(
      'bad-argument',
      'model.revision is for models of the hub, but the config is a local file',
      { location: path, hint: 'leave model.revision out' },
    );
  if (basename(path) !== 'config.json')
    throw new AutomodelError(
      'bad-argument',
      'a model config is a file named config.json, or the folder that holds it',
      { location: path },
    );
  return dirname(path);
}

/**
 * Opens what the model section names. `plansOnly`: it may lack weights. Errors: those of
 * `resolveModelFolder` and `HuggingFaceFolder.open`.
 */
export async function openModelFolder(
  section: ResolvedRecipe['model'],
  { plansOnly = false, ...options }: ResolveOptions & { readonly plansOnly?: boolean } = {},
): Promise<ModelFolder> {
  if (section.type === 'causal_lm') {
    const path = await modelFolderOf(section.pretrained_model_name_or_path!, {
      ...options,
      revision: section.revision,
    });
    const withoutWeights = plansOnly && !(await holdsWeights(path));
    return { folder: await HuggingFaceFolder.open(path, { withoutWeights }), fromScratch: false };
  }
  const written =
    typeof section.config === 'string'
      ? section.config
      : section.config!.pretrained_model_name_or_path;
  return {
    folder: await HuggingFaceFolder.open(
      await configFolder(written, { ...options, revision: section.revision }),
      { withoutWeights: true },
    ),
    fromScratch: true,
  };
}

/** Whether there are files of weights in the folder, complete or not. */
const holdsWeights = async (path: string): Promise<boolean> =>
  (await readdir(path)).some((name) => /\.safetensors(\.index\.json)?$/.test(name));

export interface ModelChoice {
  /**
   * A recorded graph that takes the place of a model package. Relative paths start at the working
   * directory.
   */
  readonly graph?: string | undefined;
  readonly workingDirectory?: string | undefined;
  /** Rows of its tables if not those that config.json says. */
  readonly vocabularySize?: number | undefined;
}

/**
 * The model of a folder: from the graph asked for, else from the plugin that provides its
 * `model_type`, else from its own graph.json. Errors: `missing-plugin` or `unsupported` if nothing
 * provides it, `bad-graph` and `missing-parameter` for a graph that is broken or does not fit the
 * folder.
 */
export async function createModel(
  plugins: PluginRegistry,
  folder: HuggingFaceFolder,
  { graph, workingDirectory = '.', vocabularySize }: ModelChoice = {},
): Promise<LanguageModel> {
  const config = { ...folder.config, ...vocabularyChange(folder, vocabularySize) };
  const recorded = async (path: string): Promise<LanguageModel> =>
    fixedVocabulary(
      await openRecordedModel(path, {
        config: folder.config,
        tensors: folder.weights.tensors.size === 0 ? undefined : folder.weights.tensors,
      }),
      vocabularySize,
      path,
    );
  if (graph !== undefined) return recorded(resolve(workingDirectory, graph));
  const own = join(folder.path, GRAPH_FILE);
  if (
    !plugins.providesModel(folder.modelType) &&
    (await stat(own).then(
      (info) => info.isFile(),
      () => false,
    ))
  )
    return recorded(own);
  refuseQuantized(folder);
  try {
    const plugin = await plugins.model(folder.modelType);
    checkLayers(folder);
    return plugin.create(config);
  } catch (error) {
    throw error instanceof AutomodelError && error.location === undefined
      ? new AutomodelError(error.code, error.message.replace(/^config\.json:? /, ''), {
          location: folder.configFile.path,
          hint: error.hint,
          cause: error,
        })
      : error;
  }
}

/** Errors: `unsupported` for another vocabulary than the one a graph was recorded with. */
function fixedVocabulary(
  model: LanguageModel,
  size: number | undefined,
  path: string,
): LanguageModel {
  if (size !== undefined && size !== model.vocabularySize)
    throw new AutomodelError(
      'unsupported',
      `the vocabulary was resized from ${model.vocabularySize} to ${size} tokens, and a recorded ` +
        'graph keeps the one it was recorded with',
      { location: path, hint: 'record the resized model' },
    );
  return model;
}

/**
 * More layers than any model has, so that a mistyped number is refused before that many modules are
 * made.
 */
const MAX_LAYERS = 10_000;

function checkLayers({ config, weights }: HuggingFaceFolder): void {
  const { num_hidden_layers: layers } = config;
  if (typeof layers !== 'number') return;
  if (weights.tensors.size > 0 && layers > weights.tensors.size)
    throw new AutomodelError(
      'bad-config',
      `num_hidden_layers is ${layers}, but the weights have only ${weights.tensors.size} tensors`,
    );
  if (layers > MAX_LAYERS)
    throw new AutomodelError(
      'bad-config',
      `num_hidden_layers is ${layers}; more than ${MAX_LAYERS} are not supported`,
    );
}

/** The dtype of most of the stored weights, by bytes; without weights, the one in config.json. */
function storedDType(folder: HuggingFaceFolder): DType | undefined {
  const bytes = new Map<DType, number>();
  for (const { dtype, length } of folder.weights.tensors.values())
    if (dtype !== undefined) bytes.set(dtype, (bytes.get(dtype) ?? 0) + length);
  return [...bytes].sort((a, b) => b[1] - a[1])[0]?.[0] ?? folder.dtype;
}

/**
 * `precision` as written, else as `torch_dtype` says, else as the weights are stored: bf16 files
 * compute in bf16, all others in f32.
 */
export function resolvePrecision(
  written: ResolvedRecipe['precision'],
  torchDType: DType | 'auto',
  folder: HuggingFaceFolder,
): Precision {
  if (written !== 'auto') return written;
  const dtype = torchDType === 'auto' ? storedDType(folder) : torchDType;
  return dtype === 'bf16' ? 'bf16' : 'f32';
}
