// What `automodel init` takes, as its help shows it.
import type { Method } from '@automodel/run';
import { declareCommand } from '../grammar/declare-command.js';
import { choice, flag, text, textOr, value } from '../grammar/option.js';
import { wholeNumber } from '../grammar/option-values.js';
import { columnsOption, optionalModelAndData } from '../grammar/shared-options.js';

/** By what they need, from the most memory to the least. */
const METHODS = Object.keys({
  full: true,
  lora: true,
  qlora: true,
} satisfies Record<Method, true>) as Method[];

export const OPTIONS = {
  ...columnsOption,
  ...optionalModelAndData,
  method: choice(
    '--method <method>',
    'what to train (default: all weights where they fit)',
    METHODS,
  ),
  epochs: value('--epochs <n>', 'passes over the data (default: 3)', wholeNumber(1)),
  output: text('--output <folder>', 'where the result of training goes (default: out)'),
  recipe: textOr('--recipe <file>', 'the file to write', 'recipe.yaml'),
  force: flag('--force', 'overwrite an existing recipe'),
};

export const init = declareCommand({
  name: 'init',
  description: 'write a recipe for a model and a file of examples; asks what is not given',
  group: 'Getting started',
  examples: [
    'init',
    'init --model ./my-model --data train.jsonl --output out --method lora',
    'init --model ./my-model --data tickets.csv --columns request,reply',
  ],
  options: OPTIONS,
});
