export type { HubOptions } from './download-snapshot.js';
export type { DownloadProgress } from './fetch-files.js';
export { hubSettings, type Environment, type HubSettings } from './hub-settings.js';
export type { ModelParts } from './model-files.js';
export type { RetryTiming } from './network/retrying.js';
export {
  resolveDatasetFiles,
  type DatasetFiles,
  type DatasetOptions,
} from './resolve-dataset-files.js';
export { resolveModelFolder, type ResolveOptions } from './resolve-model-folder.js';
export { CARD_MARK, modelCard, type CardFacts, type ValidationFacts } from './push/model-card.js';
export {
  pushFolder,
  type PushOptions,
  type PushProgress,
  type PushResult,
} from './push/push-folder.js';
