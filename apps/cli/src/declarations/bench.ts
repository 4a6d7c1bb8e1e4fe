// What `automodel bench` takes, as its help shows it.
import { declareCommand } from '../grammar/declare-command.js';
import { argument, choice, choiceOr, text, value, valueOr } from '../grammar/option.js';
import { number, wholeNumber } from '../grammar/option-values.js';
import {
  backendOptions,
  fusionOption,
  graphOption,
  PRECISIONS,
  sharingOptions,
} from '../grammar/shared-options.js';

export const OPTIONS = {
  ...sharingOptions,
  ...backendOptions,
  ...graphOption,
  ...fusionOption,
  dtype: choiceOr('--dtype <dtype>', 'bf16 keeps f32 master weights', PRECISIONS, 'f32'),
  batch: value('--batch <n>', 'rows (default: 4, or those of the recorded graph)', wholeNumber(1)),
  seq: value(
    '--seq <n>',
    'tokens of a row (default: 512, or those of the recorded graph)',
    wholeNumber(2),
  ),
  lengths: text(
    '--lengths <file>',
    'train on documents of these lengths, one a line, packed into the rows',
  ),
  steps: valueOr('--steps <n>', 'optimizer steps; the first is not counted', wholeNumber(2), 5),
  lora: value('--lora <rank>', 'train LoRA adapters of this rank', wholeNumber(0)),
  quantization: choice('--quantization <format>', 'hold the weights of the base in 4 or 8 bits', [
    'nf4',
    'nf4_double',
    'int8',
  ]),
  budgetGb: value(
    '--budget-gb <n>',
    'GB that the whole run may take (1 GB = 10^9 bytes), as memory.budget_gb of recipes',
    number(0),
  ),
};

export const bench = declareCommand({
  name: 'bench',
  description: 'measure training speed and memory on random tokens',
  group: 'Looking closer',
  examples: [
    'bench ./my-model --dtype bf16 --batch 4 --seq 512',
    'bench ./my-model --lora 16 --quantization nf4',
    'bench ./my-model --batch 1 --seq 2048 --lengths lengths.txt --steps 40',
    'bench ./my-model --budget-gb 2.5',
  ],
  argument: argument('<model>', 'model folder or hub id'),
  options: OPTIONS,
});
