// Fine-tuning and models, in one line each.
export { finetune, type FinetuneOptions } from './front-door/finetune.js';
export {
  AutoModelForCausalLM,
  type Prompt,
  type TextOptions,
} from './front-door/auto-model-for-causal-lm.js';
export type { LoadOptions } from './open/open-model.js';
export { exportModel, type ExportModelOptions } from './export/export-model.js';
export type { LossFunction, LossInputs } from '@automodel/train';
// Runs.
export { composeRun, type ComposeOptions, type Run } from './front-door/compose-run.js';
export type { OpenedRun } from './open/opened-run.js';
export { busyMachine } from './machine/busy-machine.js';
export { modelFolderOf, refuseModels } from './open/mistaken-paths.js';
export { examplePrompt, GREETING, type ExamplePrompt } from './observe/example-prompt.js';
export {
  openProfile,
  profilePath,
  writeProfile,
  type ProfileOptions,
  type RunProfile,
} from './profile/run-profile.js';
export { earlyStoppingText } from './observe/early-stopping-text.js';
export { generateCommand } from './observe/next-command.js';
export type {
  DatasetEvent,
  EvaluationEvent,
  EvaluationProgressEvent,
  ExportedEvent,
  FinishedEvent,
  LearningRateEvent,
  ModelEvent,
  NotesEvent,
  PreviewEvent,
  ProfileEvent,
  ReportEvent,
  ResumedEvent,
  RunEvent,
  SavedEvent,
  TrackerEvent,
  WaitingEvent,
} from './events/run-events.js';
export { errorFromJson, errorToJson, type ErrorJson } from './events/error-json.js';
export { eventFromJson, eventToJson, type RunEventJson } from './events/event-json.js';
export type { PlanSizes, RunPlan } from './check/plan-recipe.js';
export { findingsOf, type Finding, type FindingLevel } from './check/finding.js';
export { checkNemoRecipes, type NemoVerdict } from './check/nemo-recipes.js';
// Following a run.
export {
  formatDuration,
  isShareOfRows,
  metricLabel,
  metricOfLabel,
  type ReportData,
} from '@automodel/report';
export { LivePage, type LivePageOptions, type ReadRun } from './watch/live-page.js';
export { RunFolderReader } from './watch/run-folder-reader.js';
// Writing a recipe.
export { lookAround, type LookOptions, type Surroundings } from './init/look-around.js';
export {
  METHODS,
  recipeOf,
  type ColumnPair,
  type Method,
  type RecipeChoice,
  type TextChoice,
} from './init/recipe-choice.js';
export { recipeText, type RecipeFacts } from './init/recipe-text.js';
export {
  recipeWithoutFile,
  type ChosenRecipe,
  type WithoutFileOptions,
} from './init/recipe-without-file.js';
export type { EvaluationChoice } from './init/choose-evaluation.js';
export type { AskColumns } from './init/data-columns.js';
// Plugins.
export { discoverPlugins, type DiscoveryOptions } from './plugins/discover-plugins.js';
export type { KnownPlugin } from './plugins/known-plugin.js';
export type { PluginKind, PluginRecord } from './plugins/plugin-record.js';
export {
  importPluginFile,
  PluginRegistry,
  type Plugin,
  type PluginRegistryOptions,
} from './plugins/plugin-registry.js';
export { surveyPlugins, type PluginSurvey } from './plugins/survey-plugins.js';
// Models, adapters, tokenizers and backends by name.
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
} from './open/model-folder.js';
export { createAdapter, openAdapted, openAdapter } from './open/open-adapter.js';
export { openBackend, type BackendChoice } from './open/open-backend.js';
export { openShared, type SharedBy } from './open/shared-model.js';
export { openTemplate, type TemplateOptions } from './open/open-template.js';
export { openTokenizer } from './open/open-tokenizer.js';
// Measuring.
export { answerRows, type Answer, type AnswerOptions } from './evaluation/answer-rows.js';
export { openMetrics, scoreAnswers, type MetricOptions } from './evaluation/metrics/metrics.js';
export type {
  AnsweredQuestion,
  Metric,
  MetricScore,
  MetricValue,
} from './evaluation/metrics/metric.js';
export { ownMetric, type MetricFunction } from './evaluation/metrics/own-metric.js';
export type { NumericTolerance } from './evaluation/metrics/numeric.js';
export { datasetLoss, type DatasetLoss } from './evaluation/dataset-loss.js';
export { availableMemory, type AvailableMemory } from './machine/available-memory.js';
export { formatBytes } from './machine/format-bytes.js';
