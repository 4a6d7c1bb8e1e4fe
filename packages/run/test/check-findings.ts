// What `check` finds about runs of the tiny model.
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkRecipe, type Recipe } from '@automodel/recipe';
import { composeRun, PluginRegistry, type Finding } from '@automodel/run';
import { plugins } from './tiny-model.js';
import { TinyRuns } from './tiny-runs.js';

/** Runs of one epoch over 20 rows. */
export const checkedRuns = (): Promise<TinyRuns> =>
  TinyRuns.create(20, () => ({ step_scheduler: { global_batch_size: 4, num_epochs: 1 } }));

export async function findings(recipe: Recipe): Promise<Finding[]> {
  await using run = composeRun(
    checkRecipe(recipe),
    new PluginRegistry({ discovered: [], given: plugins }),
  );
  const all: Finding[] = [];
  for await (const finding of run.check()) all.push(finding);
  return all;
}

/** Errors and warnings, a line each. */
export const problems = async (recipe: Recipe): Promise<string[]> =>
  (await findings(recipe))
    .filter(({ level }) => level === 'error' || level === 'warning')
    .map(({ check, level, message }) => `${check} ${level}: ${message}`);

/** A copy of the model with one file changed. */
export async function modelWith(
  { root, model }: TinyRuns,
  name: string,
  file: string,
  change: (text: string) => string,
): Promise<string> {
  const folder = join(root, name);
  await cp(model, folder, { recursive: true });
  await writeFile(join(folder, file), change(await readFile(join(folder, file), 'utf8')));
  return folder;
}
