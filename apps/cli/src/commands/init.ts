// `automodel init`: from a model and a file of examples to a recipe that runs as it is, with
// comments on what can be changed. Asks what is missing, on a terminal.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { AutomodelError } from '@automodel/core';
import {
  availableMemory,
  lookAround,
  recipeText,
  shellWord,
  type RecipeChoice,
  type Surroundings,
} from '@automodel/run';
import { note, writeJson, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import type { OPTIONS } from '../declarations/init.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { askColumns, askHow, askWhat } from '../init/questions.js';
import { pluginsFor } from '../plugins-for.js';
import { when } from '../render/sentence.js';
import { formatBytes, formatCount } from '../render/units.js';

/**
 * Errors: `conflict` for a recipe or a result that already exists; those of opening the model and
 * reading the data.
 */
export async function run(
  context: CommandContext,
  options: CommandOptions<typeof OPTIONS>,
): Promise<number> {
  const file = resolve(context.workingDirectory, options.recipe);
  if (existsSync(file) && options.force !== true)
    throw new AutomodelError('conflict', 'the recipe already exists', {
      location: file,
      hint: 'choose another name with --recipe, or --force to overwrite it',
    });
  const what = await askWhat(context, options);
  const plugins = await pluginsFor(context, options);
  const { columns, method } = options;
  const { workingDirectory, signal, environment } = context;
  const around = await lookAround(
    plugins,
    { ...what, columns, method },
    {
      workingDirectory,
      signal,
      environment,
      askColumns: (names, refusal) => askColumns(context, names, refusal),
    },
  );
  const free = availableMemory().bytes;
  for (const line of foundLines(around, free)) note(context, line);
  const how = await askHow(context, options, around.recommended);
  const chosen: RecipeChoice = { ...what, ...how, ...around.choice };
  const peak = around.peaks[how.method];
  if (peak !== undefined && peak > free)
    note(
      context,
      `note: ${how.method} does not fit the free memory; a shorter dataset.seq_length or ` +
        'memory.budget_gb may help',
    );
  const word = shellWord(options.recipe);
  const facts = {
    modelType: around.modelType,
    rows: around.rows,
    longest: around.longest,
    peak: peak === undefined ? 'an unknown amount' : formatBytes(peak),
    schema: schemaFor(file),
    file: word,
  };
  await writeFile(file, recipeText(chosen, facts));
  if (options.json === true)
    writeJson(context, { recipe: file, ...chosen, peak_bytes: peak, model_type: facts.modelType });
  else
    context.streams.out.write(`\
recipe   ${options.recipe}
next: npx automodel check ${word}
      npx automodel finetune ${word}
`);
  return EXIT.done;
}

/** Facts for a person to choose by. */
function foundLines(
  { modelType, parameters, rows, longest, choice, peaks }: Surroundings,
  free: number,
): string[] {
  const columns = when(
    choice.columns,
    ({ prompt, completion }) => `; columns ${prompt} and ${completion}`,
  );
  const takes = Object.entries(peaks).map(([method, peak]: [string, number | undefined]) =>
    peak === undefined ? `${method} needs @automodel/peft` : `${method} takes ${formatBytes(peak)}`,
  );
  return [
    `model  ${modelType}, ${formatCount(parameters)} parameters`,
    `data   ${rows}, the longest ${longest} tokens${columns}`,
    `memory ${formatBytes(free)} free; ${takes.join(', ')}`,
  ];
}

/** The installed schema of recipes, as a path from the recipe's folder. */
function schemaFor(file: string): string | undefined {
  const folder = dirname(file);
  for (let at = folder; ; at = dirname(at)) {
    const schema = join(at, 'node_modules/@automodel/recipe/recipe.schema.json');
    if (existsSync(schema)) return relative(folder, schema).replaceAll('\\', '/');
    if (at === dirname(at)) return undefined;
  }
}
