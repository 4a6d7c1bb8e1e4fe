// The recipe of a run that names only its model, its data and its output folder.
import { checkRecipe, type ParsedRecipe, type Recipe } from '@automodel/recipe';

/** The settings of everything else. */
const SETTINGS = {
  step_scheduler: {
    global_batch_size: 8,
    local_batch_size: 1,
    num_epochs: 3,
    ckpt_every_steps: 200,
  },
  checkpoint: { max_recent_checkpoints: 1 },
  optimizer: { type: 'adamw', lr: 2e-5 },
  lr_scheduler: { lr_decay_style: 'cosine' },
} as const satisfies Partial<Recipe>;

/**
 * The recipe; `overrides` name the model, the data and the output folder. Errors: `bad-recipe`,
 * `unsupported`.
 */
export const recipeWithoutFile = (options: Parameters<typeof checkRecipe>[1]): ParsedRecipe =>
  checkRecipe(SETTINGS as unknown as Recipe, options);
