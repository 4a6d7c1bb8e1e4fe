// Fine-tuning for library users: a recipe as data in, events out. The command line and the server compose the same run.
import type { LossFunction } from '@automodel/train';
import { discoverPlugins } from '../plugins/discover-plugins.js';
import { PluginRegistry, type Plugin } from '../plugins/plugin-registry.js';
import type { RunEvent } from '../run/run-events.js';
import { checkRecipe, type ParsedRecipe } from '../schema/parse-recipe.js';
import type { Recipe } from '../schema/recipe-schema.js';
import { composeRun } from '../wiring/compose-run.js';

export interface FinetuneOptions {
  /** Ends the run after the step in progress. */
  readonly signal?: AbortSignal | undefined;
  /** Plugin objects or a registry; absent: those installed in the working directory's project. */
  readonly plugins?: readonly Plugin[] | PluginRegistry | undefined;
  /** The loss of each token, in place of the cross entropy: what steps minimise and report. Validation and exact match stay what they are, so that runs can be compared. */
  readonly loss?: LossFunction | undefined;
  /** Where relative paths start; by default the process's. */
  readonly workingDirectory?: string | undefined;
}

const isParsed = (recipe: Recipe | ParsedRecipe): recipe is ParsedRecipe => 'source' in recipe && 'notes' in recipe;

/** Runs a recipe; everything is closed when the iteration ends, however it ends. Errors: those of checking the recipe, opening and training. */
export async function* finetune(recipe: Recipe | ParsedRecipe, options: FinetuneOptions = {}): AsyncGenerator<RunEvent, void, undefined> {
  const { signal, workingDirectory = process.cwd(), plugins, loss } = options;
  const parsed = isParsed(recipe) ? recipe : checkRecipe(recipe);
  const registry = plugins instanceof PluginRegistry ? plugins : new PluginRegistry({ discovered: await discoverPlugins({ workingDirectory }), given: plugins ?? [] });
  await using run = composeRun(parsed, registry, { workingDirectory, signal, loss });
  yield* run.events(signal);
}
