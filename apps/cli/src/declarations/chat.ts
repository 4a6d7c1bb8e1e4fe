// What `automodel chat` takes, as its help shows it.
import { declareCommand } from '../grammar/declare-command.js';
import { text, value } from '../grammar/option.js';
import { wholeNumber } from '../grammar/option-values.js';
import { dtypeOption, generationOptions } from '../grammar/shared-options.js';

export const OPTIONS = {
  ...generationOptions,
  system: text('--system <text>', 'a system message before the chat'),
  context: value(
    '--context <n>',
    "maximum number of tokens of a chat (default: the model's own maximum)",
    wholeNumber(2),
  ),
  ...dtypeOption,
};

export const chat = declareCommand({
  name: 'chat',
  description: 'talk to a model in the terminal',
  group: 'Using a model',
  examples: [
    'chat --model out',
    'chat --model ./my-model --adapter out --temperature 0.7',
    "printf 'Hello\\n/save chat.json\\n' | automodel chat --model out",
  ],
  note: `\
At the prompt: /reset forgets the chat, /undo its last turn, /system TEXT sets the system message,
/save FILE writes the messages as a row to train on, /exit leaves.
Ctrl-C stops an answer; at the prompt, twice leaves. Without a terminal each line of stdin is a
turn.`,
  options: OPTIONS,
});
