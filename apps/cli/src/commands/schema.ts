// `automodel schema`: the JSON Schema of recipes, for editors that complete and check YAML.
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { recipeJsonSchema } from '@automodel/recipe';
import { note, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import type { OPTIONS } from '../declarations/schema.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { refuseExisting } from '../refuse-existing.js';

/** Errors: `conflict` for a file that exists; those of writing it. */
export async function run(
  context: CommandContext,
  { output, force }: CommandOptions<typeof OPTIONS>,
): Promise<number> {
  const json = `${JSON.stringify(recipeJsonSchema(), null, 1)}\n`;
  if (output === undefined) {
    context.streams.out.writeExact(json);
    return EXIT.done;
  }
  await refuseExisting(context, { file: output, option: '--output', force });
  await writeFile(resolve(context.workingDirectory, output), json);
  note(
    context,
    'To have an editor check a recipe with it, begin the recipe with:\n# yaml-language-server: ' +
      `$schema=${output}`,
  );
  return EXIT.done;
}
