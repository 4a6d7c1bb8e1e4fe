// `automodel completion`: the script that teaches a shell the commands, options and values.
import { writeJson, type CommandContext } from '../cli-context.js';
import { recipeJsonSchema } from '@automodel/recipe';
import { completionScript, type Shell } from '../completion/completion-script.js';
import { recipeKeys } from '../completion/recipe-keys.js';
import { EXIT } from '../exit-code.js';
import type { CommonOptions } from '../grammar/shared-options.js';
import { describeGrammar } from '../grammar/describe-grammar.js';

/** Writes the script of the whole command line to stdout. */
export async function run(
  context: CommandContext,
  options: CommonOptions,
  shell: Shell,
): Promise<number> {
  const script = completionScript(
    shell,
    describeGrammar(context.commandLine),
    recipeKeys(recipeJsonSchema()),
  );
  if (options.json === true) writeJson(context, { shell, script });
  else context.streams.out.writeExact(script);
  return EXIT.done;
}
