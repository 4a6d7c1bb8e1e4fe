// What `automodel push` takes, as its help shows it.
import { declareCommand } from '../grammar/declare-command.js';
import { flag, requiredText, text } from '../grammar/option.js';

export const OPTIONS = {
  folder: requiredText('--folder <dir>', 'what a run, merge or export wrote'),
  repo: requiredText('--repo <owner/name>', 'repository on the hub; created if it does not exist'),
  private: flag('--private', 'make a new repository private'),
  revision: text('--revision <branch>', 'branch; created if it does not exist (default: main)'),
  message: text('--message <text>', 'title of the commit'),
  base: text('--base <owner/name>', 'id of the base model on the hub, if the run used a folder'),
  withTrainingState: flag(
    '--with-training-state',
    'push a checkpoint together with what resuming needs',
  ),
  dryRun: flag('--dry-run', 'show the files and the card, and change nothing'),
};

export const push = declareCommand({
  name: 'push',
  description: 'push a fine-tuned model or adapter to the hub, with a model card of its run',
  group: 'Taking it elsewhere',
  examples: [
    'push --folder out --repo me/my-model --private',
    'push --folder out --repo me/my-model --dry-run',
  ],
  note:
    'Needs a token with write access in HF_TOKEN. A README.md that a person wrote is never\n' +
    'replaced.',
  options: OPTIONS,
});
