// `automodel completion`: the script that teaches a shell the commands, options and values.
import type { Command } from 'commander';
import { completionScript, type Shell } from '../completion/completion-script.js';
import { describeGrammar } from '../completion/describe-grammar.js';
import type { CliContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';

/** Writes the script of `program` to stdout. */
export function completion(context: CliContext, program: Command, shell: Shell): number {
  context.streams.out.write(completionScript(shell, describeGrammar(program)));
  return EXIT.done;
}
