// `automodel init`: from a model and a file of examples to a recipe that runs as it is, with
// comments to go on from. Asks what is missing, on a terminal.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { availableMemory, shellWord } from '@automodel/run';
import {
  note,
  pluginsFor,
  writeJson,
  type CliContext,
  type CommonOptions,
} from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { lookAround } from '../init/look-around.js';
import { askHow, askWhat, type InitAnswers } from '../init/questions.js';
import { recipeText } from '../init/recipe-text.js';
import type { Method, RecipeChoice } from '../init/recipe-choice.js';
import { formatBytes, formatCount } from '../render/units.js';

export interface InitCommandOptions extends CommonOptions, InitAnswers {
  /** The file to write. */
  readonly recipe: string;
  readonly force?: boolean;
}

/**
 * Errors: `conflict` for a recipe or a result that is there already; those of opening the model and
 * reading the data.
 */
export async function init(context: CliContext, options: InitCommandOptions): Promise<number> {
  const file = resolve(context.workingDirectory, options.recipe);
  if (existsSync(file) && options.force !== true)
    throw new AutomodelError('conflict', 'the recipe is there already', {
      location: file,
      hint: 'choose another name with --recipe, or --force to write it anew',
    });
  const what = await askWhat(context, options);
  const plugins = await pluginsFor(context, options);
  const around = await lookAround(context, plugins, {
    ...what,
    columns: options.columns,
    method: options.method,
  });
  const free = availableMemory().bytes;
  note(context, `model  ${around.modelType}, ${formatCount(around.parameters)} parameters`);
  note(
    context,
    `data   ${around.rows}, the longest ${around.longest} ` +
      `tokens${around.choice.columns === undefined ? '' : `; columns ${around.choice.columns.prompt} and ${around.choice.columns.completion}`}`,
  );
  note(
    context,
    `memory ${formatBytes(free)} free; ` +
      `${(Object.entries(around.peaks) as [Method, number | undefined][]).map(([method, peak]) => `${method} ` + `${peak === undefined ? 'needs @automodel/peft' : `takes ${formatBytes(peak)}`}`).join(', ')}`,
  );
  const how = await askHow(context, options, around.recommended);
  const choice: RecipeChoice = { ...what, ...how, ...around.choice };
  const peak = around.peaks[how.method];
  if (peak !== undefined && peak > free)
    note(
      context,
      `note: ${how.method} does not fit the free memory; a shorter dataset.seq_length or ` +
        'memory.budget_gb may help',
    );
  await writeFile(
    file,
    recipeText(choice, {
      modelType: around.modelType,
      rows: around.rows,
      longest: around.longest,
      peak: peak === undefined ? 'an unknown amount' : formatBytes(peak),
      schema: schemaFor(file),
      file: shellWord(options.recipe),
    }),
  );
  if (options.json === true)
    writeJson(context, { recipe: file, ...choice, peak_bytes: peak, model_type: around.modelType });
  else
    context.streams.out.write(
      `recipe   ${file}\nnext: npx automodel check ${shellWord(options.recipe)}\n      npx ` +
        `automodel finetune ${shellWord(options.recipe)}\n`,
    );
  return EXIT.done;
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
