// Exports a model folder, with or without an adapter, through the exporter for another tool.
// Exporters know neither backends nor model packages: the logits they compare are computed here.
import { resolve } from 'node:path';
import { HuggingFaceFolder } from '@automodel/checkpoint';
import type {
  ExporterPlugin,
  ExportResult,
  ExportSource,
  LanguageModel,
} from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { batchLogits, notFinite, rectangleCapacity, type ModelSession } from '@automodel/session';
import type { HubOptions } from '@automodel/hub';
import { modelFolderOf } from '../open/mistaken-paths.js';
import { createModel } from '../open/model-folder.js';
import { openPretrained } from '../open/open-model.js';
import type { OpenedRun } from '../open/opened-run.js';
import { openAdapted } from '../open/open-adapter.js';
import type { BackendChoice } from '../open/open-backend.js';
import type { PluginRegistry } from '../plugins/plugin-registry.js';

/** What to export, and where to. */
export interface ExportModelOptions {
  /** Name of an exporter: `vllm`, `gguf`. */
  readonly to: string;
  /** Folder or hub id. */
  readonly model: string;
  readonly adapter?: string | undefined;
  readonly output: string;
  /** What exists there already; see `ExportRequest`. */
  readonly overwrite?: boolean | undefined;
  /** How floats are stored; absent: as they are. */
  readonly type?: string | undefined;
  readonly plugins: PluginRegistry;
  readonly backend?: BackendChoice | undefined;
  /** Where relative paths start; default: the process's. */
  readonly workingDirectory?: string | undefined;
  /** Options for models of the hub. */
  readonly hub?: Omit<HubOptions, 'revision'> | undefined;
}

/**
 * The exporter, if it can write `type`. Errors: `missing-plugin` or `unsupported` if it is not
 * installed, `bad-argument` for a type it does not write.
 */
export async function exporterFor(
  plugins: PluginRegistry,
  to: string,
  type: string | null | undefined,
): Promise<ExporterPlugin> {
  const exporter = await plugins.exporter(to);
  const types = exporter.types ?? [];
  if (type !== undefined && type !== null && !types.includes(type))
    throw new AutomodelError(
      'bad-argument',
      `type ${JSON.stringify(type)} is not one that ${to} writes ` +
        `(${types.join(', ') || 'it takes none'})`,
    );
  return exporter;
}

/**
 * The exporter that a recipe's export section names; undefined without one. Errors: those of
 * `exporterFor`.
 */
export async function exporterOf({
  recipe,
  plugins,
}: Pick<OpenedRun, 'recipe' | 'plugins'>): Promise<ExporterPlugin | undefined> {
  const { export: section } = recipe;
  return section === null
    ? undefined
    : exporterFor(plugins, section.to, section.type?.toLowerCase());
}

/**
 * Exports a model. Errors: those of `exporterFor`, of opening model and adapter (an adapter of
 * another base is refused here, by name and shape), and of the exporter; `not-finite` naming the
 * tensor at fault.
 */
export async function exportModel({
  to,
  plugins,
  backend,
  ...options
}: ExportModelOptions): Promise<ExportResult> {
  const type = options.type?.toLowerCase();
  const exporter = await exporterFor(plugins, to, type);
  const { workingDirectory = '.', hub } = options;
  const model = await modelFolderOf(options.model, { ...hub, workingDirectory });
  const adapter =
    options.adapter === undefined
      ? undefined
      : await modelFolderOf(options.adapter, { ...hub, workingDirectory });
  const base = await HuggingFaceFolder.open(model);
  const known =
    adapter === undefined
      ? await knownModel(plugins, base)
      : (await openAdapted(plugins, base, adapter)).model;
  const logits = (source: ExportSource, ids: readonly number[]): Promise<Float32Array> =>
    computeLogits(source, ids, plugins, backend);
  return exporter.export({
    model,
    adapter,
    output: resolve(workingDirectory, options.output),
    overwrite: options.overwrite,
    type,
    names: known?.names,
    logits,
  });
}

/** Undefined for a model that no plugin implements. */
async function knownModel(
  plugins: PluginRegistry,
  folder: HuggingFaceFolder,
): Promise<LanguageModel | undefined> {
  try {
    return await createModel(plugins, folder);
  } catch (error) {
    const isUnknown =
      error instanceof AutomodelError && ['missing-plugin', 'unsupported'].includes(error.code);
    if (isUnknown) return undefined;
    throw error;
  }
}

async function computeLogits(
  { model: folder, adapter }: ExportSource,
  ids: readonly number[],
  plugins: PluginRegistry,
  backend: BackendChoice | undefined,
): Promise<Float32Array> {
  const opened = await openPretrained(folder, { adapter, plugins, backend });
  try {
    const logits = await logitsOf(opened.session, ids);
    if (!logits.every(Number.isFinite)) throw await notFinite(opened.session, 'the logits are');
    return logits;
  } finally {
    await opened.session.close();
    await opened.backend.close();
  }
}

async function logitsOf(session: ModelSession, ids: readonly number[]): Promise<Float32Array> {
  const { rectangle } = session.model.batch;
  if (rectangle !== undefined && rectangle.columns < ids.length)
    throw new AutomodelError(
      'unsupported',
      `the graph was recorded for rows of ${rectangle.columns} tokens, and ${ids.length} are ` +
        'compared',
      { location: rectangle.source },
    );
  const labels = new Int32Array(ids.length).fill(-100);
  const all = await batchLogits(session, {
    documents: [{ start: 0, inputIds: Int32Array.from(ids), labels }],
    capacity:
      rectangle === undefined ? { token: ids.length, document: 1 } : rectangleCapacity(rectangle),
    padTokenId: rectangle?.padTokenId ?? 0,
  });
  return all.subarray(0, ids.length * session.model.vocabularySize);
}
