// What `automodel template` takes, as its help shows it.
import { declareCommand } from '../grammar/declare-command.js';
import { argument, flag, text } from '../grammar/option.js';
import { forceOption } from '../grammar/shared-options.js';

export const OPTIONS = {
  tokenizer: text(
    '--tokenizer <folder>',
    'folder or hub id of the tokenizer, for special tokens and ids (default: the one beside the ' +
      'template, if its folder is given)',
  ),
  chat: text(
    '--chat <file>',
    'chats to render: one row, JSON lines or another data file (default: one of each kind)',
  ),
  against: text(
    '--against <path>',
    'show what this template (file, folder or hub id) writes differently',
  ),
  html: text('--html <file>', 'write the chats as a page'),
  ...forceOption,
  maskHistory: flag('--mask-history', 'train only the last turn of the assistant'),
  maskReasoning: flag('--mask-reasoning-content', "do not train the assistant's reasoning"),
};

export const template = declareCommand({
  name: 'template',
  description: 'show what a chat template writes for chats, and what of it is trained',
  group: 'Looking closer',
  examples: [
    'template Qwen/Qwen3-0.6B',
    'template my.jinja --tokenizer ./my-model --chat chats.jsonl --html chats.html',
    'template my.jinja --against ./my-model --json',
  ],
  note:
    'The template is that of a folder or hub id, or of a file: Jinja text, or JSON with\n' +
    'chat_template. Exit code 1 means that a chat was refused; differences do not change it.',
  argument: argument('<folder-or-file>', 'model folder, hub id or template file'),
  options: OPTIONS,
});
