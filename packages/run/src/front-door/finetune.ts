// Fine-tuning for library users: a recipe as data in, events out. The command line composes the
// same run.
import type { HostGroup } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import type { Rows } from '@automodel/data';
import type { LossFunction } from '@automodel/train';
import { ownMetric, type MetricFunction } from '../evaluation/metrics/own-metric.js';
import type { ProfileOptions } from '../profile/run-profile.js';
import { GIVEN_ROWS } from '../open/load-section.js';
import { registryOf, type GivenPlugins } from '../plugins/registry-of.js';
import type { RunEvent } from '../events/run-events.js';
import { checkRecipe, type ParsedRecipe, type Recipe } from '@automodel/recipe';
import { composeRun } from './compose-run.js';

/** Options of `finetune` besides the recipe. */
export interface FinetuneOptions {
  /** Ends the run after the step in progress. */
  readonly signal?: AbortSignal | undefined;
  /** Plugin objects or a registry; absent: those installed in the working directory's project. */
  readonly plugins?: GivenPlugins;
  /**
   * The loss of each token, in place of the cross entropy: what steps minimise and report.
   * Validation and exact match do not use it, so that runs can be compared.
   */
  readonly loss?: LossFunction | undefined;
  /** By name, functions that score the answers to held-out rows, beside the recipe's metrics. */
  readonly metrics?: Readonly<Record<string, MetricFunction>> | undefined;
  /** Writes a trace of the kernels of some steps. */
  readonly profile?: ProfileOptions | undefined;
  /**
   * Rows of the training data, one object each, in place of files: `recipe.dataset` says how they
   * are read and names no path. They are read once, to the end, before training.
   */
  readonly dataset?: Rows | undefined;
  /** The same for `recipe.validation_dataset`, which may be absent. */
  readonly validationDataset?: Rows | undefined;
  /** The processes that share the run: each calls this. Default: this one alone. */
  readonly host?: HostGroup | undefined;
  /** Where relative paths start; default: the process's. */
  readonly workingDirectory?: string | undefined;
}

const isParsed = (recipe: Recipe | ParsedRecipe): recipe is ParsedRecipe =>
  'source' in recipe && 'notes' in recipe;

/**
 * The checked recipe, with a placeholder in place of each path that rows replace. Errors:
 * `bad-argument` if both are given.
 */
function withGivenRows(
  recipe: Recipe | ParsedRecipe,
  { dataset, validationDataset }: FinetuneOptions,
): ParsedRecipe {
  if (isParsed(recipe)) {
    if (dataset !== undefined || validationDataset !== undefined)
      throw new AutomodelError(
        'bad-argument',
        'a parsed recipe already names its data; give rows together with a recipe object',
      );
    return recipe;
  }
  const named = (key: 'dataset' | 'validation_dataset', option: string): object => {
    const section = recipe[key] ?? {};
    const path = ['path_or_dataset_id', 'path_or_dataset', 'dataset_name'].find(
      (name) => name in section,
    );
    if (path !== undefined)
      throw new AutomodelError(
        'bad-argument',
        `${key}.${path} and the option ${option} both say where the rows are; give one of them`,
      );
    return { [key]: { ...section, path_or_dataset_id: GIVEN_ROWS } };
  };
  return checkRecipe({
    ...recipe,
    ...(dataset === undefined ? {} : named('dataset', 'dataset')),
    ...(validationDataset === undefined ? {} : named('validation_dataset', 'validationDataset')),
  });
}

/**
 * Runs a recipe; everything is closed when the iteration ends, however it ends. Errors: those of
 * checking the recipe, opening and training.
 */
export async function* finetune(
  recipe: Recipe | ParsedRecipe,
  options: FinetuneOptions = {},
): AsyncGenerator<RunEvent, void, undefined> {
  const {
    signal,
    workingDirectory = process.cwd(),
    plugins,
    loss,
    profile,
    metrics = {},
    dataset,
    validationDataset,
    host,
  } = options;
  const parsed = withGivenRows(recipe, options);
  const registry = await registryOf(plugins, workingDirectory);
  await using run = composeRun(parsed, registry, {
    workingDirectory,
    signal,
    host,
    loss,
    profile,
    metrics: Object.entries(metrics).map(([name, score]) => ownMetric(name, score)),
    rows: { dataset, validationDataset },
  });
  yield* run.events();
}
