// What `automodel evaluate` takes, as its help shows it.
import type { MetricName } from '@automodel/recipe';
import { declareCommand } from '../grammar/declare-command.js';
import { negation, texts, value, valueOr } from '../grammar/option.js';
import { number, wholeNumber } from '../grammar/option-values.js';
import {
  columnsOption,
  dataOption,
  dtypeOption,
  modelOption,
  openingOptions,
  sharingOptions,
} from '../grammar/shared-options.js';

// by name here, because help loads no other package
const METRICS = Object.keys({
  exact_match: true,
  accuracy: true,
  f1: true,
  rouge_l: true,
  numeric: true,
} satisfies Record<MetricName, true>);

export const OPTIONS = {
  ...sharingOptions,
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
  metric: texts(
    '--metric <name>',
    `how answers are scored (repeatable): ${METRICS.join(', ')}, or the path of a module ` +
      '(default: exact_match)',
  ),
  absoluteTolerance: valueOr(
    '--absolute-tolerance <x>',
    'metric numeric: how far a number may be off',
    number(0),
    0,
  ),
  relativeTolerance: valueOr(
    '--relative-tolerance <x>',
    'the same, as a share of the expected number',
    number(0),
    0,
  ),
  exactMatch: negation('--no-exact-match', 'only loss and perplexity'),
  show: valueOr('--show <n>', 'number of wrong answers to show', wholeNumber(0), 2),
  ...dtypeOption,
};

export const evaluate = declareCommand({
  name: 'evaluate',
  description: 'measure loss, perplexity and scored answers on a file of examples',
  group: 'Training',
  examples: [
    'evaluate --model out --data test.jsonl',
    'evaluate --model ./my-model --adapter out --data tickets.csv --columns request,reply',
    'evaluate --model out --data reviews.csv --metric accuracy --metric f1',
  ],
  options: OPTIONS,
});
