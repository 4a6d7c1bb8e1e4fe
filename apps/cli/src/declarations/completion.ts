// What `automodel completion` takes, as its help shows it.
import { declareCommand } from '../grammar/declare-command.js';
import { argumentChoice } from '../grammar/option.js';
import { SHELLS } from '../completion/completion-script.js';

export const completion = declareCommand({
  name: 'completion',
  description: 'print the script that completes commands, options and files in a shell',
  group: 'Looking closer',
  examples: [
    'completion bash > ~/.local/share/bash-completion/completions/automodel',
    'completion zsh > ~/.zfunc/_automodel',
    'completion fish > ~/.config/fish/completions/automodel.fish',
  ],
  argument: argumentChoice('<shell>', 'the shell', SHELLS),
  options: {},
});
