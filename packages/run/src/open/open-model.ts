// Opens a model folder to compute with: its model, an adapter on it, a backend, and the weights in
// that backend's memory.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { HuggingFaceFolder } from '@automodel/checkpoint';
import type { Adapter, Backend } from '@automodel/contracts';
import type { HubOptions } from '@automodel/hub';
import { modelFolderOf } from './mistaken-paths.js';
import { ModelSession } from '@automodel/session';
import { registryOf, type GivenPlugins } from '../plugins/registry-of.js';
import { resolvePrecision } from './model-folder.js';
import { openAdapted } from './open-adapter.js';
import { openBackend, type BackendChoice } from './open-backend.js';
import { openShared, type SharedBy } from './shared-model.js';

/** How a model is opened. */
export interface LoadOptions extends Omit<HubOptions, 'timing'> {
  /**
   * Dtype to compute in; weights are read as they are stored. Absent: bf16 if they are, else f32.
   */
  readonly dtype?: 'f32' | 'bf16' | undefined;
  /** Plugin objects or a registry; absent: those installed in the working directory's project. */
  readonly plugins?: GivenPlugins;
  readonly backend?: BackendChoice | undefined;
  /** A PEFT adapter folder or hub id on top of the model. */
  readonly adapter?: string | undefined;
  /**
   * A recorded forward pass (graph.json) that takes the place of a model package; absent: the
   * folder's own if no package implements its model_type.
   */
  readonly graph?: string | undefined;
  /** The processes that share the model; absent: this one alone. */
  readonly shared?: SharedBy | undefined;
  /** Where a relative folder starts; default: the process's. */
  readonly workingDirectory?: string | undefined;
}

/** A model to compute with. Its opener closes the session, then the backend. */
export interface OpenedModel {
  readonly folder: HuggingFaceFolder;
  readonly backend: Backend;
  readonly session: ModelSession;
  readonly adapter: Adapter | undefined;
  /**
   * The adapter's folder if it has a tokenizer, because it was trained with that chat template;
   * else the model's.
   */
  readonly tokenizerFolder: string;
}

type SessionOptions = Parameters<typeof ModelSession.load>[0];

/** The trained model of a folder or hub id. Errors name the file, tensor, plugin or config key. */
export async function openPretrained(
  idOrFolder: string,
  options: LoadOptions,
): Promise<OpenedModel> {
  const folder = await HuggingFaceFolder.open(await modelFolderOf(idOrFolder, options));
  return openModel(folder, options, (session) =>
    ModelSession.load(session, folder.weights.tensors, folder.path),
  );
}

/**
 * A model with random weights, from a folder that holds config.json. Errors: as for
 * `openPretrained`.
 */
export async function openUntrained(
  folderPath: string,
  options: LoadOptions,
  seed: number,
): Promise<OpenedModel> {
  const folder = await HuggingFaceFolder.open(folderPath, { withoutWeights: true });
  return openModel(folder, options, (session) =>
    ModelSession.initialize({ ...session, trainable: () => true }, seed),
  );
}

async function openModel(
  folder: HuggingFaceFolder,
  options: LoadOptions,
  load: (session: SessionOptions) => ModelSession | Promise<ModelSession>,
): Promise<OpenedModel> {
  const plugins = await registryOf(options.plugins, process.cwd());
  const adapterFolder =
    options.adapter === undefined
      ? undefined
      : await modelFolderOf(options.adapter, { ...options, revision: undefined });
  const { model, adapter } = await openAdapted(plugins, folder, adapterFolder, options);
  const tokenizerFolder =
    adapterFolder !== undefined && existsSync(join(adapterFolder, 'tokenizer.json'))
      ? adapterFolder
      : folder.path;
  const backend = await openBackend(plugins, options.backend, options.shared?.host);
  try {
    const parallelism = await openShared(plugins, backend, options.shared);
    const session = await load({
      backend,
      model,
      adapter,
      parallelism,
      precision: resolvePrecision('auto', options.dtype ?? 'auto', folder),
    });
    return { folder, backend, session, adapter: adapter?.adapter, tokenizerFolder };
  } catch (error) {
    await backend.close();
    throw error;
  }
}
