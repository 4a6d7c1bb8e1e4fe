// The recipe of a command: a file, or options for the few settings that a run needs; and overrides
// of either.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { nearestName, parseOverrides, parseRecipe, type Override } from '@automodel/recipe';
import { recipeWithoutFile, type ChosenRecipe } from '@automodel/run';
import type { CommandContext } from '../cli-context.js';
import { pluginsFor } from '../plugins-for.js';

/** Options that stand for keys of a recipe. */
export interface RecipeOptions {
  readonly plugin?: readonly string[] | undefined;
  readonly model?: string | undefined;
  readonly data?: string | undefined;
  readonly output?: string | undefined;
  /** A recorded forward pass instead of a model package. */
  readonly graph?: string | undefined;
  /** Checkpoint to continue from: latest, best, a name or a folder. */
  readonly resume?: string | undefined;
  /** Without a recipe: nothing is looked at to choose settings, because the data is not named. */
  readonly plain?: boolean | undefined;
}

const KEYS = {
  model: 'model.pretrained_model_name_or_path',
  data: 'dataset.path_or_dataset_id',
  output: 'checkpoint.checkpoint_dir',
  graph: 'model.graph',
  resume: 'checkpoint.restore_from',
} as const;

function shortcuts(options: RecipeOptions): Override[] {
  return (['model', 'data', 'output', 'graph', 'resume'] as const).flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : [{ path: KEYS[name].split('.'), value, option: `--${name}` }];
  });
}

async function readRecipe(file: string, context: CommandContext): Promise<string> {
  try {
    return await readFile(resolve(context.workingDirectory, file), 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EISDIR')
      throw new AutomodelError('bad-argument', 'this is a folder, not a recipe', {
        location: file,
        hint: 'name the .yaml file in it',
        cause,
      });
    const looksLikeRecipe = /\.ya?ml$|[\\/]/.test(file);
    if (looksLikeRecipe)
      throw new AutomodelError('missing-file', 'the recipe cannot be read', {
        location: file,
        hint: 'check the path',
        cause,
      });
    const meant = nearestName(
      file,
      context.commandLine.commands.map((command) => command.name()),
    );
    throw new AutomodelError('missing-file', 'is neither a command nor a recipe file', {
      location: file,
      hint: meant === undefined ? 'see automodel --help' : `did you mean automodel ${meant}?`,
      cause,
    });
  }
}

const PROCESSES = /^--nproc[-_]per[-_]node(?:=(.*))?$/;

/**
 * The words without NeMo's `--nproc-per-node N`. Errors: more than one process, for a command that
 * is for one.
 */
function withoutProcesses(words: readonly string[]): readonly string[] {
  const at = words.findIndex((word) => PROCESSES.test(word));
  if (at < 0) return words;
  const given = PROCESSES.exec(words[at]!)![1];
  const count = given ?? words[at + 1];
  if (count !== '1')
    throw new AutomodelError('unsupported', `${words[at]!}: one process runs here`, {
      hint: 'leave it out; finetune, bench, evaluate and verify take --nproc-per-node N',
    });
  return words.filter((_, i) => i !== at && (given !== undefined || i !== at + 1));
}

/**
 * The recipe of `words` (a file, then overrides) and `options`. Errors: `bad-recipe`,
 * `unsupported`, `missing-file`.
 */
export async function recipeFrom(
  given: readonly string[],
  options: RecipeOptions,
  context: CommandContext,
): Promise<ChosenRecipe> {
  const { environment } = context;
  const words = withoutProcesses(given);
  const file = words[0]?.startsWith('--') === false ? words[0] : undefined;
  // first, because a mistyped command is not a recipe, whatever follows it
  const text = file === undefined ? undefined : await readRecipe(file, context);
  const overrides = [
    ...shortcuts(options),
    ...parseOverrides(file === undefined ? words : words.slice(1)),
  ];
  if (file !== undefined && text !== undefined)
    return { recipe: parseRecipe(text, { file, overrides, environment }), chosen: undefined };
  const missing = (['model', 'data', 'output'] as const).filter(
    (name) => !overrides.some((override) => override.path.join('.') === KEYS[name]),
  );
  if (missing.length > 0)
    throw new AutomodelError(
      'bad-argument',
      `without a recipe ${missing.map((name) => `--${name}`).join(' and ')} must be given`,
      {
        hint:
          'automodel finetune RECIPE.yaml, or automodel finetune --model DIR --data FILE ' +
          '--output DIR',
      },
    );
  return recipeWithoutFile({
    overrides,
    environment,
    plain: options.plain ?? false,
    processes: context.processCount,
    workingDirectory: context.workingDirectory,
    signal: context.signal,
    plugins: () => pluginsFor(context, { plugin: options.plugin ?? [] }),
  });
}
