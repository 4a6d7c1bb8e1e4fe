// What a run works with: its recipe, and the parts that are opened when they are first needed. Each
// part is opened once; closing the run closes all of them in the opposite order.
import type { Backend, HostGroup, LanguageModel, Parallelism } from '@automodel/contracts';
import type { BatchLoader, Dataset, StreamingLoader, Tokenizer } from '@automodel/data';
import type { RecipeNote, ResolvedRecipe } from '@automodel/recipe';
import type { ModelSession, Precision, SessionAdapter, StoredTensors } from '@automodel/session';
import type { LossFunction } from '@automodel/train';
import type { Metric } from '../evaluation/metrics/metric.js';
import type { DownloadEvents } from '../events/download-events.js';
import type { OutputFolder } from '../folder/output-folder.js';
import type { PluginRegistry } from '../plugins/plugin-registry.js';
import type { RunProfile } from '../profile/run-profile.js';
import type { ModelFolder } from './model-folder.js';

/**
 * A run of one recipe. Functions that work with it name the parts that they need:
 * `Pick<OpenedRun, 'model' | 'backend'>`.
 */
export interface OpenedRun extends AsyncDisposable {
  readonly recipe: ResolvedRecipe;
  /** The recipe as YAML, secrets hidden. */
  readonly source: string;
  /** Keys of the recipe without effect. */
  readonly notes: readonly RecipeNote[];
  readonly plugins: PluginRegistry;
  /** Where relative paths of the recipe start. Absolute. */
  readonly workingDirectory: string;
  /** False: graphs stay as they were recorded and written. */
  readonly fuse: boolean;
  /** The processes of the run. Only the first one observes and reports. */
  readonly host: HostGroup;
  /** Undefined: the cross entropy. */
  readonly loss: LossFunction | undefined;
  /** Says what goes on from now: `loading the weights`. */
  readonly tell: (text: string) => void;
  /** Undefined: nothing is measured. */
  readonly profile: RunProfile | undefined;
  /** Those of the calling program, beside those of the recipe. */
  readonly metrics: readonly Metric[];
  /** What is being fetched from the hub. */
  readonly downloads: DownloadEvents;
  readonly output: OutputFolder;
  readonly modelFolder: () => Promise<ModelFolder>;
  /** Folder the tokenizer's files are in: the model's own, or the one the recipe names. */
  readonly tokenizerFolder: () => Promise<string>;
  readonly tokenizer: () => Promise<Tokenizer>;
  readonly model: () => Promise<LanguageModel>;
  /** The folder's tensors, with as many rows in the tables as the model has. */
  readonly tensors: () => Promise<StoredTensors>;
  /** Undefined: the model's own weights are trained. */
  readonly adapter: () => Promise<SessionAdapter | undefined>;
  readonly precision: () => Promise<Precision>;
  readonly backend: () => Promise<Backend>;
  /** How processes share the run: its strategy. */
  readonly parallelism: () => Promise<Parallelism>;
  /** The model in the backend's memory. */
  readonly session: () => Promise<ModelSession>;
  /**
   * From now on data is read to its end where rows are wrong, and the error is a `WrongRowsError`
   * that has all of them. Before: the first wrong row ends reading.
   */
  readonly collectWrongRows: () => void;
  /** Only the first rows if data is streamed. */
  readonly trainingData: () => Promise<Dataset>;
  readonly trainingLoader: () => Promise<BatchLoader | StreamingLoader>;
  /** The validation sets by name. */
  readonly validationData: () => Promise<ReadonlyMap<string, Dataset>>;
  /** Frees memory, threads and files. */
  readonly close: () => Promise<void>;
}
