// What `automodel check` takes, as its help shows it.
import { declareCommand } from '../grammar/declare-command.js';
import { flag, recipeWords, text, valueOr } from '../grammar/option.js';
import { wholeNumber } from '../grammar/option-values.js';
import { forceOption, recipeOptions } from '../grammar/shared-options.js';

export const OPTIONS = {
  ...recipeOptions,
  rows: valueOr('--rows <n>', 'number of rows to show, trained tokens marked', wholeNumber(0), 3),
  html: text('--html <file>', 'write findings and rows as a page'),
  ...forceOption,
  nemo: flag(
    '--nemo',
    'instead: say which NeMo recipes (files or folders) run here, and which keys change nothing',
  ),
};

export const check = declareCommand({
  name: 'check',
  description:
    'check everything that can be checked before training: recipe, model, rows and their label ' +
    'masks, memory, disk',
  group: 'Getting started',
  examples: ['check recipe.yaml', 'check recipe.yaml --rows 5 --html check.html'],
  argument: recipeWords,
  options: OPTIONS,
});
