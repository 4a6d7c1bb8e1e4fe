// `automodel completion`: the script that teaches a shell the commands, options and values.
import { writeJson, type CommandContext } from '../cli-context.js';
import { completionScript, SHELLS, type Shell } from '../completion/completion-script.js';
import { EXIT } from '../exit-code.js';
import { defineCommand } from '../grammar/define-command.js';
import type { CommonOptions } from '../grammar/shared-options.js';
import { describeGrammar } from '../grammar/describe-grammar.js';
import { argumentChoice } from '../grammar/option.js';

/** Writes the script of the whole command line to stdout. */
async function run(context: CommandContext, options: CommonOptions, shell: Shell): Promise<number> {
  const script = completionScript(shell, describeGrammar(context.commandLine));
  if (options.json === true) writeJson(context, { shell, script });
  else context.streams.out.write(script);
  return EXIT.done;
}

export const completion = defineCommand({
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
  run,
});
