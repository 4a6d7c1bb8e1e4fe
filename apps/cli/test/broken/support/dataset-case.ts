// Broken input in the dataset section of the recipe.
import type { BrokenCase } from './broken-case.js';
import type { Sandbox } from './sandbox.js';

/** The line of the recipe that names its data. */
export const DATASET = '  path_or_dataset_id: rows.jsonl';

/** Keys of the dataset section over rows.jsonl. */
export const keys = (
  name: string,
  lines: string,
  says: RegExp,
  breaks?: (at: Sandbox) => void,
): BrokenCase => ({
  name,
  says,
  breaks: (at) => {
    at.recipe(lines, DATASET);
    breaks?.(at);
  },
});
