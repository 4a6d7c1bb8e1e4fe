// `automodel init`: from a model and a file of examples to a recipe that runs as it is, with
// comments on what can be changed. Asks what is missing, on a terminal.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { shellWord } from '@automodel/core';
import { defaultCacheDirectory } from '@automodel/data';
import {
  availableMemory,
  lookAround,
  recipeText,
  type RecipeChoice,
  type Surroundings,
} from '@automodel/run';
import { note, writeJson, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import type { OPTIONS } from '../declarations/init.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { KeptAnswers } from '../init/kept-answers.js';
import { askColumns, askHow, askWhat, canAsk } from '../init/questions.js';
import { pluginsFor } from '../plugins-for.js';
import { refuseExisting } from '../refuse-existing.js';
import { sentence, when } from '../render/sentence.js';
import { formatBytes, formatCount } from '../render/units.js';
import { during, progressOf } from '../terminal/progress-line.js';

/**
 * Errors: `conflict` for a recipe or a result that already exists; those of opening the model and
 * reading the data.
 */
export async function run(
  context: CommandContext,
  options: CommandOptions<typeof OPTIONS>,
): Promise<number> {
  const file = resolve(context.workingDirectory, options.recipe);
  const { recipe, force } = options;
  await refuseExisting(context, { file: recipe, option: '--recipe', name: 'the recipe', force });
  const kept = await KeptAnswers.open(cacheDirectory(context), file);
  try {
    return await writeRecipe(context, options, file, kept);
  } catch (error) {
    if (canAsk(context) && !kept.isEmpty)
      note(context, 'your answers are kept: automodel init offers them again');
    throw error;
  }
}

const LOOKING = 'looking at model, data and memory';

/** Where answers are kept. */
const cacheDirectory = ({ environment }: CommandContext): string =>
  dirname(defaultCacheDirectory(environment));

async function writeRecipe(
  context: CommandContext,
  options: CommandOptions<typeof OPTIONS>,
  file: string,
  kept: KeptAnswers,
): Promise<number> {
  const what = await askWhat(context, options, kept);
  const plugins = await pluginsFor(context, options);
  const { columns, method } = options;
  const { workingDirectory, signal, environment } = context;
  const line = progressOf(context.streams);
  const look = (): Promise<Surroundings> =>
    lookAround(
      plugins,
      { ...what, columns, method },
      {
        workingDirectory,
        signal,
        environment,
        askColumns: async (names, refusal) => {
          line.finish(); // the question stands where the line was
          const answer = await askColumns(context, names, refusal, kept);
          line.begin(LOOKING);
          return answer;
        },
      },
    );
  const around = await during(context.streams, LOOKING, look);
  const free = availableMemory().bytes;
  for (const found of foundLines(around, free)) note(context, found);
  const how = await askHow(context, options, around.recommended, kept);
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
  await kept.forget();
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
    `held out ${heldOutText(choice)}`,
    `memory ${formatBytes(free)} free; ${takes.join(', ')}`,
  ];
}

/** `50 rows, 50 of them answered and scored by accuracy and f1`; or `split validation, ...`. */
function heldOutText({ heldOut, splits, evaluation }: Surroundings['choice']): string {
  if (heldOut === 0) return 'no rows: there are too few';
  const what = splits?.heldOut === undefined ? `${heldOut} rows` : `split ${splits.heldOut}`;
  return sentence([
    `${what}, never trained on`,
    when(
      evaluation,
      ({ rows, metrics }) => `${rows} of them answered and scored by ${metrics.join(' and ')}`,
    ),
  ]);
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
