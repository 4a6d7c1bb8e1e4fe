// What `automodel finetune` takes, as its help shows it.
import { declareCommand } from '../grammar/declare-command.js';
import { flag, recipeWords, text } from '../grammar/option.js';
import {
  fusionOption,
  profileOptions,
  graphOption,
  ranksOption,
  recipeOptions,
} from '../grammar/shared-options.js';

export const OPTIONS = {
  ...ranksOption,
  ...recipeOptions,
  ...graphOption,
  ...fusionOption,
  resume: text(
    '--resume <checkpoint>',
    'continue from a checkpoint: auto (from the last one, or start where there is none), ' +
      'latest, best, its name or its folder',
  ),
  open: flag('--open', 'show the run as a live page in the browser'),
  ...profileOptions,
};

export const finetune = declareCommand({
  name: 'finetune',
  description: 'train as a recipe says; --model, --data and --output can replace the recipe',
  group: 'Training',
  examples: [
    'finetune recipe.yaml',
    'finetune recipe.yaml --optimizer.lr 5e-5',
    'finetune --model ./my-model --data train.jsonl --output out',
    'finetune recipe.yaml --resume latest',
    'finetune recipe.yaml --resume auto',
    'finetune recipe.yaml --open',
    'finetune recipe.yaml --profile trace.json',
  ],
  isDefault: true,
  argument: recipeWords,
  options: OPTIONS,
});
