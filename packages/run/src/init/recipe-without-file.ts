// The recipe of a run that names only its model, its data and its output folder: what `init` would
// write for them, with the overrides of the command line. Where overrides already choose the data
// or the kind of model, or nothing can be found out, the settings are plain ones.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AutomodelError } from '@automodel/core';
import {
  checkRecipe,
  parseRecipe,
  type Override,
  type ParsedRecipe,
  type Recipe,
} from '@automodel/recipe';
import { RECIPE_FILE } from '../folder/run-files.js';
import type { PluginRegistry } from '../plugins/plugin-registry.js';
import { learningRate } from './learning-rate.js';
import { lookAround, type LookOptions, type Surroundings } from './look-around.js';
import { recipeOf, type Method, type RecipeChoice } from './recipe-choice.js';

/** The settings of everything that is not chosen. */
const PLAIN = {
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

/** Overrides that choose the model or the rows: what was found without them would not fit. */
const DECIDING: readonly RegExp[] = [
  /^model\.(?!pretrained_model_name_or_path$|torch_dtype$)/,
  /^dataset\.(type|datasets|column_mapping|split|shuffle_seed|streaming|field|name|revision)\b/,
  /^dataset\.(sample_by|path_or_dataset|dataset_name|tokenizer)$/,
  /^(tokenizer|packed_sequence)\b/,
];

/** Overrides that say something only where rows are held out. */
const NEED_ROWS = /^(early_stopping\b|checkpoint\.load_best_at_end$)/;

/** What a recipe without a file is made from. */
export interface WithoutFileOptions extends Omit<LookOptions, 'askColumns'> {
  /** They name the model, the data and the output folder. */
  readonly overrides: readonly Override[];
  readonly plugins: () => Promise<PluginRegistry>;
  /** Look at nothing; all settings are plain ones. */
  readonly plain: boolean;
  /** How many processes share the run. Default: 1. */
  readonly processes?: number | undefined;
}

/** A recipe, and what was chosen in it, for people; undefined: nothing. */
export interface ChosenRecipe {
  readonly recipe: ParsedRecipe;
  readonly chosen: string | undefined;
}

/**
 * The recipe. A run that goes on has the recipe of its folder. Errors: `bad-recipe`, `unsupported`,
 * `aborted`.
 */
export async function recipeWithoutFile(options: WithoutFileOptions): Promise<ChosenRecipe> {
  const { overrides, environment } = options;
  const plainly = (): ChosenRecipe => ({
    recipe: checkRecipe(PLAIN, { overrides, environment }),
    chosen: undefined,
  });
  if (options.plain) return plainly();
  // what needs held-out rows is checked when they are chosen
  const first = overrides.filter(({ path }) => !NEED_ROWS.test(path.join('.')));
  const plain = checkRecipe(PLAIN, { overrides: first, environment });
  const earlier = await earlierRecipe(plain, options);
  if (earlier !== undefined) return { recipe: earlier, chosen: undefined };
  const paths = overrides.map(({ path }) => path.join('.'));
  if (paths.some((path) => DECIDING.some((deciding) => deciding.test(path)))) return plainly();
  const found = await foundAround(plain, paths, options);
  if (found === undefined) return plainly();
  const choice = choiceOf(plain, found);
  return {
    recipe: checkRecipe(fitting(recipeOf(choice), paths, options.processes), {
      overrides,
      environment,
    }),
    chosen: describe(choice, paths),
  };
}

/** The recipe that the folder of a run holds which is to go on. */
async function earlierRecipe(
  { recipe }: ParsedRecipe,
  { overrides, environment, workingDirectory }: WithoutFileOptions,
): Promise<ParsedRecipe | undefined> {
  const { restore_from: from, checkpoint_dir: directory } = recipe.checkpoint;
  if (from === null) return undefined;
  const file = join(resolve(workingDirectory, directory), RECIPE_FILE);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseRecipe(text, { file, overrides, environment });
}

type Found = Surroundings & { readonly method: Method };

/** Undefined where model or data cannot be read: the run will say why. */
async function foundAround(
  { recipe }: ParsedRecipe,
  paths: readonly string[],
  options: WithoutFileOptions,
): Promise<Found | undefined> {
  const { pretrained_model_name_or_path: model } = recipe.model;
  const { path_or_dataset_id: data } = recipe.dataset;
  if (model === undefined || typeof data !== 'string') return undefined;
  const holdsOut = !paths.some((path) => /^validation_dataset\b|^validation_dataset_/.test(path));
  const method = methodOf(recipe);
  try {
    const found = await lookAround(
      await options.plugins(),
      { model, data, method, heldOut: holdsOut ? undefined : 0 },
      { ...options, askColumns: (_, refusal) => Promise.reject(refusal) },
    );
    return { ...found, method: method ?? found.recommended };
  } catch (error) {
    if (error instanceof AutomodelError && error.code !== 'aborted') return undefined;
    throw error;
  }
}

/** What overrides say is trained; undefined: nothing. */
function methodOf({ peft, quantization }: ParsedRecipe['recipe']): Method | undefined {
  if (peft === null) return undefined;
  return quantization === null ? 'lora' : 'qlora';
}

const choiceOf = ({ recipe }: ParsedRecipe, { choice, method }: Found): RecipeChoice => ({
  ...choice,
  method,
  model: recipe.model.pretrained_model_name_or_path ?? '',
  data: String(recipe.dataset.path_or_dataset_id),
  output: recipe.checkpoint.checkpoint_dir,
  epochs: PLAIN.step_scheduler.num_epochs,
});

/**
 * Chosen batch sizes stay together: where one is given, the other is the plain one; processes share
 * the rows of a step. A saved adapter brings its own settings along.
 */
function fitting(recipe: Recipe, paths: readonly string[], processes = 1): Recipe {
  const isSaved = paths.includes('peft.adapter_name_or_path');
  const given = paths.some((path) => /^step_scheduler\.(global|local)_batch_size$/.test(path));
  const { global_batch_size, local_batch_size } = PLAIN.step_scheduler;
  return {
    ...recipe,
    ...(isSaved ? { peft: { type: 'lora' } } : {}),
    ...(given
      ? { step_scheduler: { ...recipe.step_scheduler, global_batch_size, local_batch_size } }
      : { step_scheduler: sharedRows(recipe.step_scheduler, processes) }),
  };
}

/** The rows of a micro-batch, so that each process has as many. */
function sharedRows(
  scheduler: Recipe['step_scheduler'],
  processes: number,
): Recipe['step_scheduler'] {
  const { global_batch_size: all, local_batch_size: most } = scheduler ?? {};
  if (typeof all !== 'number' || typeof most !== 'number') return scheduler;
  let rows = most;
  while (rows > 1 && all % (rows * processes) !== 0) rows--;
  return { ...scheduler, local_batch_size: rows };
}

/** The choices in a line, without what overrides say themselves. */
function describe(choice: RecipeChoice, paths: readonly string[]): string {
  const { method, columns, evaluation, text } = choice;
  const has = (path: string): boolean => paths.some((given) => given.startsWith(path));
  return [
    method === 'full' ? 'all weights are trained' : `a ${method} adapter is trained`,
    ...(has('optimizer.lr') ? [] : [`learning rate ${learningRate(choice).toExponential(0)}`]),
    ...(columns === undefined
      ? []
      : [`column ${columns.completion} is learned from ${columns.prompt}`]),
    ...(text === undefined ? [] : [`text is packed to ${text.packLength} tokens`]),
    heldOutText(choice),
    ...(evaluation === undefined ? [] : [`scored by ${evaluation.metrics.join(' and ')}`]),
  ].join(', ');
}

function heldOutText({ heldOut, splits }: RecipeChoice): string {
  if (heldOut === 0) return 'no rows are held out';
  return splits?.heldOut === undefined
    ? `${heldOut} rows are held out`
    : `split ${splits.heldOut} is held out`;
}
