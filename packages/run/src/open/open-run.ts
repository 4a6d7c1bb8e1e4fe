// Wires one run from a recipe: which part is made how, from which other parts. Apps share this; it
// opens nothing until a part is asked for, and closing the run closes every part.
import { resolve } from 'node:path';
import type { Dataset, DatasetProgress, Rows } from '@automodel/data';
import { AutomodelError } from '@automodel/core';
import { ModelSession, quantizedBase, type SessionAdapter } from '@automodel/session';
import { type LossFunction } from '@automodel/train';
import { loadGivenRows, loadSection } from './load-section.js';
import { openSection } from './open-section.js';
import { openTokenizer } from './open-tokenizer.js';
import {
  resolveModelFolder,
  type DownloadProgress,
  type Environment,
  type HubOptions,
} from '@automodel/hub';
import { createModel, openModelFolder, resolvePrecision } from './model-folder.js';
import { createAdapter, openAdapter } from './open-adapter.js';
import { openBackend } from './open-backend.js';
import type { PluginRegistry } from '../plugins/plugin-registry.js';
import { DownloadEvents } from '../events/download-events.js';
import { OutputFolder } from '../folder/output-folder.js';
import { Run } from '../stages/run.js';
import { arenaBudgetOf } from './training-settings.js';
import { type ParsedRecipe, quantizedFormat, type ResolvedDataset } from '@automodel/recipe';
import { loaderOf, streamingLoaderOf } from './loader-of.js';
import { RunContainer } from './run-container.js';
import { PARTS } from './tokens.js';

export interface ComposeOptions {
  /** Where relative paths of the recipe start; by default the process's. */
  readonly workingDirectory?: string | undefined;
  /** Stops loading of data. */
  readonly signal?: AbortSignal | undefined;
  /**
   * False: neither the structure of recorded graphs nor chains of elementwise ops are fused.
   * Default true.
   */
  readonly fuse?: boolean | undefined;
  /** Rows in place of the files that the recipe's data set, and its validation set, would name. */
  readonly rows?:
    | { readonly dataset?: Rows | undefined; readonly validationDataset?: Rows | undefined }
    | undefined;
  /** In place of the cross entropy. */
  readonly loss?: LossFunction | undefined;
  /** Called while files are fetched from the hub; a run tells it as events too. */
  readonly onDownload?: ((progress: DownloadProgress) => void) | undefined;
  /** Called with what should be known about files of the hub. */
  readonly onHubNote?: ((text: string) => void) | undefined;
  /** Variables of the hub; by default the process's. */
  readonly environment?: Environment | undefined;
  /** Called while data files are read and tokenised. */
  readonly onDataProgress?: ((progress: DatasetProgress) => void) | undefined;
}

/** Rows of streamed data that are looked at before training. */
const FIRST_ROWS = 200;

/** A run of `recipe` with `plugins`. Close it when done. */
export function composeRun(
  recipe: ParsedRecipe,
  plugins: PluginRegistry,
  options: ComposeOptions = {},
): Run {
  const parts = new RunContainer();
  const workingDirectory = resolve(options.workingDirectory ?? '.');
  parts.register(PARTS.recipe, () => recipe);
  parts.register(PARTS.plugins, () => plugins);
  parts.register(PARTS.workingDirectory, () => workingDirectory);
  parts.register(PARTS.fuse, () => options.fuse ?? true);
  parts.register(PARTS.loss, () => options.loss);
  parts.register(PARTS.output, () => {
    const output = new OutputFolder(
      resolve(workingDirectory, recipe.recipe.checkpoint.checkpoint_dir),
    );
    parts.onClose(() => output.close());
    return output;
  });
  const hub = hubOptions(parts, options, workingDirectory);
  registerModel(parts, recipe.recipe, hub);
  registerData(parts, recipe.recipe, options, hub);
  parts.register(PARTS.session, openSession);
  return new Run(parts);
}

type Resolving = Omit<HubOptions, 'revision'> & { readonly workingDirectory: string };

/** How folders and ids of a run are found, telling its listeners of downloads. */
function hubOptions(
  parts: RunContainer,
  { signal, environment, onDownload, onHubNote }: ComposeOptions,
  workingDirectory: string,
): Resolving {
  const events = new DownloadEvents();
  parts.register(PARTS.downloads, () => events);
  return {
    workingDirectory,
    signal,
    environment,
    onProgress: (progress) => {
      events.progress(progress);
      onDownload?.(progress);
    },
    onNote: (text) => {
      events.note(text);
      onHubNote?.(text);
    },
  };
}

function registerModel(parts: RunContainer, recipe: ParsedRecipe['recipe'], hub: Resolving): void {
  const { workingDirectory } = hub;
  parts.register(PARTS.modelFolder, () => openModelFolder(recipe.model, hub));
  parts.register(PARTS.model, async () =>
    createModel(parts.get(PARTS.plugins), (await parts.get(PARTS.modelFolder)).folder, {
      graph: recipe.model.graph,
      workingDirectory,
    }),
  );
  parts.register(PARTS.adapter, () => adapterOf(parts, recipe, hub));
  parts.register(PARTS.precision, async () =>
    resolvePrecision(
      recipe.precision,
      recipe.model.torch_dtype,
      (await parts.get(PARTS.modelFolder)).folder,
    ),
  );
  parts.register(PARTS.backend, async () => {
    const backend = await openBackend(parts.get(PARTS.plugins), {
      name: recipe.backend.type,
      threads: recipe.backend.threads ?? undefined,
    });
    parts.onClose(() => backend.close());
    return backend;
  });
}

function registerData(
  parts: RunContainer,
  recipe: ParsedRecipe['recipe'],
  { signal, rows, onDataProgress: onProgress }: ComposeOptions,
  hub: Resolving,
): void {
  const { workingDirectory } = hub;
  parts.register(PARTS.tokenizerFolder, async () => {
    const section = [recipe.tokenizer, recipe.dataset.tokenizer].find(
      (one) => one?.pretrained_model_name_or_path !== undefined,
    );
    return section === undefined || section === null
      ? (await parts.get(PARTS.modelFolder)).folder.path
      : resolveModelFolder(section.pretrained_model_name_or_path!, {
          ...hub,
          parts: 'tokenizer',
          revision: section.revision,
        });
  });
  parts.register(PARTS.tokenizer, async () =>
    openTokenizer(
      await parts.get(PARTS.tokenizerFolder),
      recipe.dataset.chat_template,
      workingDirectory,
    ),
  );
  const load = async (section: ResolvedDataset, given?: Rows): Promise<Dataset> => {
    const [tokenizer, options] = [
      await parts.get(PARTS.tokenizer),
      {
        workingDirectory,
        signal,
        onProgress,
        hub,
        seed: recipe.seed,
        vocabularySize: (await parts.get(PARTS.model)).vocabularySize,
      },
    ];
    return given === undefined
      ? loadSection(tokenizer, section, options)
      : loadGivenRows(tokenizer, given, section, options);
  };
  parts.register(PARTS.trainingData, () =>
    load(
      recipe.dataset.streaming && rows?.dataset === undefined
        ? { ...recipe.dataset, limit_dataset_samples: FIRST_ROWS }
        : recipe.dataset,
      rows?.dataset,
    ),
  );
  parts.register(PARTS.validationData, async () => {
    const sets = new Map<string, Dataset>();
    for (const [name, section] of Object.entries(recipe.validation_datasets)) {
      if (section.streaming)
        throw new AutomodelError(
          'bad-recipe',
          `streaming is for the training data; the validation set ${name} is read whole each time`,
          { hint: 'leave streaming out of it, and limit it with limit_dataset_samples' },
        );
      sets.set(name, await load(section, name === 'default' ? rows?.validationDataset : undefined));
    }
    return sets;
  });
  parts.register(PARTS.trainingLoader, async () => {
    if (!recipe.dataset.streaming)
      return loaderOf(
        await parts.get(PARTS.model),
        await parts.get(PARTS.trainingData),
        recipe,
        recipe.dataloader.shuffle,
      );
    const loader = streamingLoaderOf(
      await parts.get(PARTS.model),
      await parts.get(PARTS.tokenizer),
      await openSection(recipe.dataset, hub),
      recipe.dataset,
      recipe,
    );
    parts.onClose(() => loader.close());
    return loader;
  });
}

/**
 * The adapter, above a base that is held as the quantization section says. Errors: `bad-recipe` for
 * a quantised base without an adapter, for codes are not trained.
 */
async function adapterOf(
  parts: RunContainer,
  recipe: ParsedRecipe['recipe'],
  hub: Resolving,
): Promise<SessionAdapter | undefined> {
  const [format, own] = [
    quantizedFormat(recipe.quantization),
    await adapterAlone(parts, recipe, hub),
  ];
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
async function adapterAlone(
  parts: RunContainer,
  { peft, seed, model: section }: ParsedRecipe['recipe'],
  hub: Resolving,
): Promise<SessionAdapter | undefined> {
  if (peft === null) return undefined;
  const { adapter_name_or_path: saved, ...options } = peft;
  if (section.type === 'causal_lm_from_config')
    throw new AutomodelError(
      'bad-recipe',
      'peft needs a trained model below it, and model.type causal_lm_from_config starts one at ' +
        'random',
    );
  const [plugins, model] = [parts.get(PARTS.plugins), await parts.get(PARTS.model)];
  if (saved === undefined) return createAdapter(plugins, definedOnly(options), model, seed);
  const other = Object.entries(options).find(
    ([key, value]) => key !== 'type' && value !== undefined,
  )?.[0];
  if (other !== undefined)
    throw new AutomodelError(
      'bad-recipe',
      `peft.${other} cannot be set beside peft.adapter_name_or_path: the saved adapter decides it`,
    );
  return openAdapter(plugins, await resolveModelFolder(saved, hub), model);
}

const definedOnly = (options: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined && value !== null),
  );

async function openSession(parts: RunContainer): Promise<ModelSession> {
  const { folder, fromScratch } = await parts.get(PARTS.modelFolder);
  const { recipe } = parts.get(PARTS.recipe);
  const [model, adapter, precision] = [
    await parts.get(PARTS.model),
    await parts.get(PARTS.adapter),
    await parts.get(PARTS.precision),
  ];
  const options = {
    backend: await parts.get(PARTS.backend),
    model,
    adapter,
    precision,
    trainable: () => true,
    arenaBudgetBytes: arenaBudgetOf(recipe, model, precision, adapter),
    fuse: parts.get(PARTS.fuse),
  };
  const session = fromScratch
    ? ModelSession.initialize(options, recipe.seed)
    : await ModelSession.load(options, folder.weights.tensors, folder.path);
  parts.onClose(() => session.close());
  return session;
}
