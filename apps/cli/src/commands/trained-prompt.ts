// A prompt for the line that says what to type next, from the data that a result was trained on: a
// run leaves its recipe beside its result.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Tokenizer } from '@automodel/data';
import { parseRecipe } from '@automodel/recipe';
import { examplePrompt, type ExamplePrompt } from '@automodel/run';
import type { CliContext } from '../cli-context.js';

const FALLBACK: ExamplePrompt = { prompt: 'Hello', raw: false };

/** Never fails: without recipe or data it is a greeting. */
export async function trainedPrompt(
  { workingDirectory, environment }: CliContext,
  folder: string,
  tokenizer: Tokenizer,
): Promise<ExamplePrompt> {
  try {
    const file = join(resolve(workingDirectory, folder), 'recipe.yaml');
    const { recipe } = parseRecipe(await readFile(file, 'utf8'), { file, environment });
    return (await examplePrompt(recipe.dataset, tokenizer, workingDirectory)) ?? FALLBACK;
  } catch {
    return FALLBACK;
  }
}
