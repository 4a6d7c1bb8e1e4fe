export type { TargetKind } from './aliases/targets.js';
export { parseOverrides, type Override } from './overrides/parse-overrides.js';
export type { RecipeNote } from './schema/normalise.js';
export {
  checkRecipe,
  parseRecipe,
  type ParsedRecipe,
  type ParseRecipeOptions,
} from './schema/parse-recipe.js';
export { nearestName } from './schema/nearest-name.js';
export { recipeJsonSchema } from './schema/recipe-json-schema.js';
export type {
  DatasetInput,
  Recipe,
  ResolvedDataset,
  ResolvedRecipe,
} from './schema/recipe-schema.js';
export type { Environment } from './yaml/interpolate.js';
export { printRecipe } from './yaml/print-recipe.js';
export { discoverPlugins, type DiscoveryOptions } from './plugins/discover-plugins.js';
export type { KnownPlugin } from './plugins/known-providers.js';
export type { PluginKind, PluginRecord } from './plugins/plugin-record.js';
export {
  importPluginFile,
  PluginRegistry,
  type Plugin,
  type PluginRegistryOptions,
} from './plugins/plugin-registry.js';
export { surveyPlugins, type PluginSurvey } from './plugins/survey-plugins.js';
export {
  hubSettings,
  resolveModelFolder,
  type HubSettings,
  type ResolveOptions,
} from '@automodel/hub';
export {
  createModel,
  openModelFolder,
  resolvePrecision,
  type ModelFolder,
} from './model/model-folder.js';
export { createAdapter, openAdapter } from './model/open-adapter.js';
export { openBackend, type BackendChoice } from './model/open-backend.js';
export { openTokenizer } from './dataset/open-tokenizer.js';
export { answerRows, type Answer, type ExactMatchOptions } from './evaluation/exact-match.js';
export { datasetLoss, type DatasetLoss } from './evaluation/dataset-loss.js';
export { stopIdsFor } from './evaluation/stop-ids.js';
export {
  AutoModelForCausalLM,
  type LoadOptions,
  type Prompt,
  type TextOptions,
} from './front-door/auto-model-for-causal-lm.js';
export { exportModel, type ExportModelOptions } from './export/export-model.js';
export { finetune, type FinetuneOptions } from './front-door/finetune.js';
export type { LossFunction, LossInputs } from '@automodel/train';
export { composeRun, type ComposeOptions } from './wiring/compose-run.js';
export { PARTS } from './wiring/tokens.js';
export type { Token } from './wiring/run-container.js';
export type { Run } from './run/run.js';
export { generateCommand, shellWord } from './run/next-command.js';
export type {
  DatasetEvent,
  EvaluationEvent,
  EvaluationProgressEvent,
  ExportedEvent,
  ModelEvent,
  NotesEvent,
  PreviewEvent,
  ReportEvent,
  ResumedEvent,
  RunEvent,
  SavedEvent,
  TrackerEvent,
} from './run/run-events.js';
export type { PlanSizes, RunPlan } from './run/plan-run.js';
export type { Finding, FindingLevel } from './check/finding.js';
export { checkNemoRecipes, type NemoVerdict } from './check/nemo-recipes.js';
export { availableMemory, type AvailableMemory } from './machine/available-memory.js';
export { formatBytes } from './machine/format-bytes.js';
