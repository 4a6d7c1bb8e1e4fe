export type { TargetKind } from './aliases/targets.js';
export { parseOverrides, type Override } from './overrides/parse-overrides.js';
export type { RecipeNote } from './schema/normalise.js';
export { checkRecipe, parseRecipe, type ParsedRecipe, type ParseRecipeOptions } from './schema/parse-recipe.js';
export { recipeJsonSchema } from './schema/recipe-json-schema.js';
export type { DatasetInput, Recipe, ResolvedDataset, ResolvedRecipe } from './schema/recipe-schema.js';
export type { Environment } from './yaml/interpolate.js';
export { printRecipe } from './yaml/print-recipe.js';
