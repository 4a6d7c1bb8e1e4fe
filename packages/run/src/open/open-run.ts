// Opens a run of a recipe: defines how each part is made, and from which other parts. Nothing is
// opened until a part is needed.
import { resolve } from 'node:path';
import type { HostGroup } from '@automodel/contracts';
import type { DatasetProgress, Rows } from '@automodel/data';
import type { DownloadProgress, Environment, HubOptions } from '@automodel/hub';
import type { ParsedRecipe } from '@automodel/recipe';
import { singleProcess } from '@automodel/session';
import type { LossFunction } from '@automodel/train';
import type { Metric } from '../evaluation/metrics/metric.js';
import { DownloadEvents } from '../events/download-events.js';
import { openProfile, type ProfileOptions } from '../profile/run-profile.js';
import { OutputFolder } from '../folder/output-folder.js';
import type { PluginRegistry } from '../plugins/plugin-registry.js';
import { registerData } from './data-parts.js';
import { registerModel } from './model-parts.js';
import type { OpenedRun } from './opened-run.js';
import { PARTS } from './parts.js';
import { RunContainer, type Token } from './run-container.js';

export interface OpenOptions {
  /** Where relative paths of the recipe start; default: the process's. */
  readonly workingDirectory?: string | undefined;
  /** The processes of the run. Default: this one alone. */
  readonly host?: HostGroup | undefined;
  /** The run is only planned: a folder without weights will do. Default false. */
  readonly plansOnly?: boolean | undefined;
  /** Stops the loading of data. */
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
  /** The loss in place of the cross entropy. */
  readonly loss?: LossFunction | undefined;
  /** Measures the kernels of some steps. */
  readonly profile?: ProfileOptions | undefined;
  /** Metrics beside those that the recipe names. */
  readonly metrics?: readonly Metric[] | undefined;
  /** Called while files are fetched from the hub; a run also reports it as events. */
  readonly onDownload?: ((progress: DownloadProgress) => void) | undefined;
  /** Called with remarks about files of the hub. */
  readonly onHubNote?: ((text: string) => void) | undefined;
  /** Environment variables for the hub; default: the process's. */
  readonly environment?: Environment | undefined;
  /** Called when something begins that takes a while: `loading the weights`. */
  readonly onPhase?: ((text: string) => void) | undefined;
  /** Called while data files are read and tokenised. */
  readonly onDataProgress?: ((progress: DatasetProgress) => void) | undefined;
}

/** How folders and ids of a run are found. */
export type HubAccess = Omit<HubOptions, 'revision'> & { readonly workingDirectory: string };

/** What the parts of a run are made from. */
export interface PartSources extends Pick<
  OpenedRun,
  'recipe' | 'plugins' | 'workingDirectory' | 'fuse' | 'host'
> {
  readonly hub: HubAccess;
  readonly plansOnly: boolean;
}

/** A run of `parsed` with `plugins`. Close it when done. */
export function openRun(
  parsed: ParsedRecipe,
  plugins: PluginRegistry,
  options: OpenOptions = {},
): OpenedRun {
  const { recipe, source, notes } = parsed;
  const workingDirectory = resolve(options.workingDirectory ?? '.');
  const fuse = options.fuse ?? true;
  const host = options.host ?? singleProcess.host;
  const downloads = new DownloadEvents();
  const output = new OutputFolder(resolve(workingDirectory, recipe.checkpoint.checkpoint_dir));
  const hub = hubAccess(downloads, options, workingDirectory);
  const parts = new RunContainer();
  parts.onClose(() => output.close());
  const { plansOnly = false } = options;
  const sources = { recipe, plugins, workingDirectory, fuse, host, hub, plansOnly };
  registerModel(parts, sources);
  registerData(parts, sources, options);
  const part =
    <T>(token: Token<T>): (() => T) =>
    () =>
      parts.get(token);
  return {
    recipe,
    source,
    notes,
    plugins,
    workingDirectory,
    fuse,
    host,
    loss: options.loss,
    profile: options.profile && openProfile(options.profile, { workingDirectory, rank: host.rank }),
    tell: (text) => options.onPhase?.(text),
    metrics: options.metrics ?? [],
    downloads,
    output,
    modelFolder: part(PARTS.modelFolder),
    tokenizerFolder: part(PARTS.tokenizerFolder),
    tokenizer: part(PARTS.tokenizer),
    model: part(PARTS.model),
    tensors: part(PARTS.tensors),
    adapter: part(PARTS.adapter),
    precision: part(PARTS.precision),
    backend: part(PARTS.backend),
    parallelism: part(PARTS.parallelism),
    session: part(PARTS.session),
    collectWrongRows: () => void parts.register(PARTS.onWrongRow, () => 'collect'),
    trainingData: part(PARTS.trainingData),
    trainingLoader: part(PARTS.trainingLoader),
    validationData: part(PARTS.validationData),
    close: () => parts.close(),
    [Symbol.asyncDispose]: () => parts.close(),
  };
}

/** Reports downloads to the run's listeners and to the caller's. */
function hubAccess(
  downloads: DownloadEvents,
  { signal, environment, onDownload, onHubNote }: OpenOptions,
  workingDirectory: string,
): HubAccess {
  return {
    workingDirectory,
    signal,
    environment,
    onProgress: (progress) => {
      downloads.progress(progress);
      onDownload?.(progress);
    },
    onNote: (text) => {
      downloads.note(text);
      onHubNote?.(text);
    },
  };
}
