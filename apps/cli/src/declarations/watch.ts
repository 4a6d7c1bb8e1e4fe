// What `automodel watch` takes, as its help shows it.
import { declareCommand } from '../grammar/declare-command.js';
import { argument, negation, value } from '../grammar/option.js';
import { portNumber } from '../grammar/option-values.js';

export const OPTIONS = {
  port: value('--port <n>', 'port of the page (default: any free one)', portNumber),
  browser: negation('--no-browser', 'only print the link'),
};

export const watch = declareCommand({
  name: 'watch',
  description: 'show a run folder as a live page in the browser, during the run or after it',
  group: 'Training',
  examples: ['watch out', 'watch out --port 8642 --no-browser'],
  argument: argument('folder', 'output folder of a run'),
  options: OPTIONS,
});
