// `automodel schema`: the JSON Schema of recipes, for editors that complete and check YAML.
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { recipeJsonSchema } from '@automodel/recipe';
import { note, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { defineCommand, type CommandOptions } from '../grammar/define-command.js';
import { text } from '../grammar/option.js';

const OPTIONS = { output: text('--output <file>', 'where it goes (default: stdout)') };

/** Errors: those of writing the file. */
async function run(
  context: CommandContext,
  { output }: CommandOptions<typeof OPTIONS>,
): Promise<number> {
  const json = `${JSON.stringify(recipeJsonSchema(), null, 1)}\n`;
  if (output === undefined) {
    context.streams.out.write(json);
    return EXIT.done;
  }
  await writeFile(resolve(context.workingDirectory, output), json);
  note(
    context,
    'To have an editor check a recipe with it, begin the recipe with:\n# yaml-language-server: ' +
      `$schema=${output}`,
  );
  return EXIT.done;
}

export const schema = defineCommand({
  name: 'schema',
  description: 'print the JSON Schema of recipes, for editors',
  group: 'Looking closer',
  examples: ['schema --output recipe.schema.json'],
  note:
    'Editors with a YAML language server read it from the first line of a recipe:\n' +
    '  # yaml-language-server: $schema=recipe.schema.json',
  options: OPTIONS,
  run,
});
