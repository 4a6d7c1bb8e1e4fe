// The parts of a run that take time to open, by name and type. Only this folder knows them.
import type { Backend, LanguageModel, Parallelism } from '@automodel/contracts';
import type { BatchLoader, Dataset, OnWrongRow, StreamingLoader, Tokenizer } from '@automodel/data';
import type { ModelSession, Precision, SessionAdapter, StoredTensors } from '@automodel/session';
import type { ModelFolder } from './model-folder.js';
import { Token } from './run-container.js';

export const PARTS = {
  /** A folder for files that the run needs while it lasts. */
  scratch: new Token<Promise<string>>('scratch folder'),
  modelFolder: new Token<Promise<ModelFolder>>('model folder'),
  tokenizerFolder: new Token<Promise<string>>('tokenizer folder'),
  tokenizer: new Token<Promise<Tokenizer>>('tokenizer'),
  /** The folder's, with as many rows in the tables as the model has. */
  tensors: new Token<Promise<StoredTensors>>('tensors'),
  model: new Token<Promise<LanguageModel>>('model'),
  adapter: new Token<Promise<SessionAdapter | undefined>>('adapter'),
  precision: new Token<Promise<Precision>>('precision'),
  backend: new Token<Promise<Backend>>('backend'),
  parallelism: new Token<Promise<Parallelism>>('parallelism'),
  session: new Token<Promise<ModelSession>>('session'),
  onWrongRow: new Token<OnWrongRow>('way with wrong rows'),
  trainingData: new Token<Promise<Dataset>>('training data'),
  trainingLoader: new Token<Promise<BatchLoader | StreamingLoader>>('training loader'),
  validationData: new Token<Promise<ReadonlyMap<string, Dataset>>>('validation data'),
} as const;
