// What `automodel evaluate` takes, as its help shows it.
import { declareCommand } from '../grammar/declare-command.js';
import { negation, value, valueOr } from '../grammar/option.js';
import { wholeNumber } from '../grammar/option-values.js';
import {
  columnsOption,
  dataOption,
  dtypeOption,
  modelOption,
  openingOptions,
} from '../grammar/shared-options.js';

export const OPTIONS = {
  ...openingOptions,
  ...columnsOption,
  ...modelOption,
  ...dataOption,
  limit: value('--limit <n>', 'maximum number of rows', wholeNumber(1)),
  maxNewTokens: valueOr(
    '--max-new-tokens <n>',
    'maximum number of tokens of an answer',
    wholeNumber(1),
    256,
  ),
  exactMatch: negation('--no-exact-match', 'only loss and perplexity'),
  show: valueOr('--show <n>', 'number of wrong answers to show', wholeNumber(0), 2),
  ...dtypeOption,
};

export const evaluate = declareCommand({
  name: 'evaluate',
  description: 'measure loss, perplexity and exact match on a file of examples',
  group: 'Training',
  examples: [
    'evaluate --model out --data test.jsonl',
    'evaluate --model ./my-model --adapter out --data tickets.csv --columns request,reply',
  ],
  options: OPTIONS,
});
