// A recipe as data: what it may hold, what is wrong with it, how it prints. Nothing here touches
// files, models or data, so that it loads in a browser too.
export {
  checkRecipe,
  parseRecipe,
  type ParsedRecipe,
  type ParseRecipeOptions,
} from './parse/parse-recipe.js';
export type { RecipeNote } from './parse/normalise.js';
export { RecipeMistakes } from './parse/throw-first.js';
export { parseOverrides, type Override } from './overrides/parse-overrides.js';
export { isMapping } from './issues/is-mapping.js';
export { nearestName } from './issues/nearest-name.js';
export type { TargetKind } from './schema/sections/targets.js';
// The schema.
export { recipeJsonSchema } from './schema/recipe-json-schema.js';
export type {
  DatasetInput,
  Recipe,
  ResolvedDataset,
  ResolvedMixture,
  ResolvedRecipe,
} from './schema/recipe-schema.js';
export { datasetSchema } from './schema/sections/dataset.js';
export type { ResolvedSection } from './schema/sections/resolved-section.js';
export {
  DEFAULT_BACKEND,
  isMetricPath,
  METRIC_NAMES,
  type MetricName,
} from './schema/sections/evaluation.js';
export { quantizedFormat } from './schema/sections/quantization.js';
// YAML.
export type { Environment } from './yaml/interpolate.js';
export { printRecipe } from './yaml/print-recipe.js';
export { readYaml } from './yaml/read-yaml.js';
