// What `automodel generate` takes, as its help shows it.
import { declareCommand } from '../grammar/declare-command.js';
import { flag, requiredText, text } from '../grammar/option.js';
import { dtypeOption, generationOptions } from '../grammar/shared-options.js';

export const OPTIONS = {
  ...generationOptions,
  prompt: requiredText('--prompt <text>', 'what to say to the model'),
  system: text('--system <text>', 'a system message before the prompt'),
  raw: flag(
    '--raw',
    'continue the prompt as it is: no chat template; prints the continuation only',
  ),
  ...dtypeOption,
};

export const generate = declareCommand({
  name: 'generate',
  description: 'generate text with a model',
  group: 'Using a model',
  examples: [
    'generate --model out --prompt "Set a timer for ten minutes"',
    'generate --model out --raw --prompt "Once upon a time" --temperature 0.8',
  ],
  note:
    'With --raw only the continuation is printed, without the prompt and without a line end, so\n' +
    'that it can be appended to the prompt.',
  options: OPTIONS,
});
