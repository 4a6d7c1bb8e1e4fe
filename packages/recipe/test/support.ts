// What the tests of recipes share: a small valid recipe and the one-line form of what parsing it
// gives.
import { AutomodelError } from '@automodel/core';
import {
  parseOverrides,
  parseRecipe,
  type ParsedRecipe,
  type ParseRecipeOptions,
} from '@automodel/recipe';

/** The least a recipe needs. */
export const MINIMAL = `model:
  pretrained_model_name_or_path: models/base
dataset:
  path_or_dataset_id: data/train.jsonl
optimizer:
  lr: 1e-5
`;

export const parse = (text: string, options: ParseRecipeOptions = {}): ParsedRecipe =>
  parseRecipe(text, { file: 'r.yaml', ...options });

/** The minimal recipe with command-line overrides. */
export const withOptions = (...tokens: string[]): ParsedRecipe =>
  parse(MINIMAL, { overrides: parseOverrides(tokens) });

/** `code message` of the error that `run` throws; 'accepted' when it throws none. */
export function refusal(run: () => unknown): string {
  try {
    run();
    return 'accepted';
  } catch (error) {
    if (!(error instanceof AutomodelError)) throw error;
    return `${error.code} ${error.message}`;
  }
}
