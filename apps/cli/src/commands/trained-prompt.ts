// A prompt for the line that says what to type next, from the data that a result was trained on: a
// run leaves its recipe beside its result.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Tokenizer } from '@automodel/data';
import { parseRecipe } from '@automodel/recipe';
import { examplePrompt, GREETING, type ExamplePrompt } from '@automodel/run';
import type { CliContext } from '../cli-context.js';

/** Never fails: without recipe, data or tokenizer it is a greeting. */
export async function trainedPrompt(
  { workingDirectory, environment }: CliContext,
  folder: string,
  tokenizer: () => Promise<Tokenizer>,
): Promise<ExamplePrompt> {
  try {
    const file = join(resolve(workingDirectory, folder), 'recipe.yaml');
    const { recipe } = parseRecipe(await readFile(file, 'utf8'), { file, environment });
    return (await examplePrompt(recipe.dataset, await tokenizer(), workingDirectory)) ?? GREETING;
  } catch {
    return GREETING;
  }
}
