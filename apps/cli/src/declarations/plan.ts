// What `automodel plan` takes, as its help shows it.
import { declareCommand } from '../grammar/declare-command.js';
import { flagOrText, recipeWords, value } from '../grammar/option.js';
import { number, wholeNumber } from '../grammar/option-values.js';
import { fusionOption, recipeOptions } from '../grammar/shared-options.js';

export const OPTIONS = {
  ...recipeOptions,
  ...fusionOption,
  seq: value('--seq <n>', 'plan for rows of n tokens instead of reading the data', wholeNumber(1)),
  batch: value('--batch <n>', 'rows of a micro-batch, with --seq', wholeNumber(1)),
  nproc: value('--nproc <n>', 'plan for one of n processes; none is started', wholeNumber(1)),
  tflops: value(
    '--tflops <n>',
    'estimate times for a device that reaches n TFLOP/s in bf16',
    number(0.001),
  ),
  memoryBandwidth: value(
    '--memory-bandwidth <n>',
    'estimate times for a device whose memory moves n GB/s',
    number(0.001),
  ),
  linkBandwidth: value(
    '--link-bandwidth <n>',
    'estimate times for devices that send n GB/s to each other',
    number(0.001),
  ),
  graph: flagOrText(
    '--graph [file]',
    "run a recorded forward pass (default: the folder's graph.json) and say what fusion makes " +
      'of it',
  ),
  printGraph: flagOrText(
    '--print-graph [scope]',
    'print the graph of a module (default: the first layer)',
  ),
  printPlan: flagOrText(
    '--print-plan [scope]',
    'print the plan of a module (default: the first layer)',
  ),
};

export const plan = declareCommand({
  name: 'plan',
  description: 'show what a run will take: memory, arithmetic, time',
  group: 'Training',
  examples: [
    'plan recipe.yaml',
    'plan --model ./my-model --seq 2048 --batch 2',
    'plan recipe.yaml --nproc 8',
  ],
  argument: recipeWords,
  options: OPTIONS,
});
