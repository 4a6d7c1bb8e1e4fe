// What happens to NeMo Automodel's recipes here: each runs, with every key honoured or named with
// the reason why it changes nothing, or is refused because of the first feature that is missing.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { optimizerOf } from '../open/training-settings.js';
import {
  type Environment,
  isMapping,
  parseRecipe,
  readYaml,
  type RecipeNote,
} from '@automodel/recipe';

/** One recipe. */
export interface NemoVerdict {
  readonly file: string;
  readonly verdict: 'runs' | 'refused';
  /** The first feature that is missing, with its place in the file. */
  readonly reason: string | undefined;
  /** The model it trains, if it runs. */
  readonly model: string | undefined;
  /** Number of keys it sets. */
  readonly keys: number;
  /** The keys that have no effect here, and why. */
  readonly notes: readonly RecipeNote[];
}

/** Number of values in a recipe, not counting sections. */
function leaves(value: unknown): number {
  if (!isMapping(value)) return 1;
  return Object.values(value).reduce<number>((sum, inner) => sum + leaves(inner), 0);
}

async function verdictOf(file: string, environment: Environment): Promise<NemoVerdict> {
  const text = await readFile(file, 'utf8');
  const keys = leaves(readYaml(text, file).data);
  try {
    const { recipe, notes } = parseRecipe(text, { file, environment });
    optimizerOf(recipe);
    const { config, pretrained_model_name_or_path: name } = recipe.model;
    return {
      file,
      verdict: 'runs',
      reason: undefined,
      model: name ?? (typeof config === 'string' ? config : config?.pretrained_model_name_or_path),
      keys,
      notes,
    };
  } catch (error) {
    if (!(error instanceof AutomodelError)) throw error;
    return {
      file,
      verdict: 'refused',
      reason: error.message.replace(`${file}:`, 'line '),
      model: undefined,
      keys,
      notes: [],
    };
  }
}

async function yamlFiles(path: string): Promise<readonly string[]> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new AutomodelError('missing-file', 'neither a recipe nor a folder of recipes', {
      location: path,
      cause,
    });
  });
  if (!info.isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * The recipes of `paths`: files, or folders with everything below them; named relative to
 * `workingDirectory`. `environment` replaces references in them.
 * Errors: `missing-file`; `bad-recipe` for a file that is not YAML.
 */
export async function checkNemoRecipes(
  paths: readonly string[],
  {
    environment = {},
    workingDirectory = process.cwd(),
  }: { readonly environment?: Environment; readonly workingDirectory?: string } = {},
): Promise<readonly NemoVerdict[]> {
  const files = (await Promise.all(paths.map(yamlFiles))).flat();
  if (files.length === 0)
    throw new AutomodelError('missing-file', 'contains no recipe (.yaml)', {
      location: paths.join(', '),
    });
  return Promise.all(
    files.map(async (file) => ({
      ...(await verdictOf(file, environment)),
      file: relative(workingDirectory, file),
    })),
  );
}
