// `automodel completion`: the script that teaches a shell the commands, options and values.
import type { Command } from 'commander';
import { completionScript, type Shell } from '../completion/completion-script.js';
import { describeGrammar } from '../completion/describe-grammar.js';
import { writeJson, type CliContext, type CommonOptions } from '../cli-context.js';
import { EXIT } from '../exit-code.js';

/** Writes the script of `program` to stdout. */
export function completion(
  context: CliContext,
  program: Command,
  shell: Shell,
  options: CommonOptions,
): number {
  const script = completionScript(shell, describeGrammar(program));
  if (options.json === true) writeJson(context, { shell, script });
  else context.streams.out.write(script);
  return EXIT.done;
}
