// The parts of a run, by name and type. Parts that need time to make are promises.
import type { HuggingFaceFolder } from '@automodel/checkpoint';
import type { Backend, LanguageModel } from '@automodel/contracts';
import type { BatchLoader, Dataset, StreamingLoader, Tokenizer } from '@automodel/data';
import type { LossFunction } from '@automodel/train';
import type { ModelSession, Precision, SessionAdapter } from '@automodel/session';
import type { ModelFolder } from './model-folder.js';
import type { PluginRegistry } from '../plugins/plugin-registry.js';
import type { DownloadEvents } from '../events/download-events.js';
import type { OutputFolder } from '../folder/output-folder.js';
import type { ParsedRecipe } from '@automodel/recipe';
import { Token } from './run-container.js';

export const PARTS = {
  recipe: new Token<ParsedRecipe>('recipe'),
  plugins: new Token<PluginRegistry>('plugins'),
  workingDirectory: new Token<string>('working directory'),
  /** False: graphs stay as they were recorded and written. */
  fuse: new Token<boolean>('fusion'),
  /** Undefined: the cross entropy. */
  loss: new Token<LossFunction | undefined>('loss'),
  /** What is being fetched from the hub. */
  downloads: new Token<DownloadEvents>('downloads'),
  output: new Token<OutputFolder>('output folder'),
  modelFolder: new Token<Promise<ModelFolder>>('model folder'),
  /** Folder the tokenizer's files are in: the model's own, or the one the recipe names. */
  tokenizerFolder: new Token<Promise<HuggingFaceFolder['path']>>('tokenizer folder'),
  tokenizer: new Token<Promise<Tokenizer>>('tokenizer'),
  model: new Token<Promise<LanguageModel>>('model'),
  /** Undefined: the model's own weights are trained. */
  adapter: new Token<Promise<SessionAdapter | undefined>>('adapter'),
  precision: new Token<Promise<Precision>>('precision'),
  backend: new Token<Promise<Backend>>('backend'),
  session: new Token<Promise<ModelSession>>('session'),
  /** Of data that is streamed: its first rows. */
  trainingData: new Token<Promise<Dataset>>('training data'),
  trainingLoader: new Token<Promise<BatchLoader | StreamingLoader>>('training loader'),
  validationData: new Token<Promise<ReadonlyMap<string, Dataset>>>('validation data'),
} as const;
