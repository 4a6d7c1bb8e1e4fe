// `automodel schema`: the JSON Schema of recipes, for editors that complete and check YAML.
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { recipeJsonSchema } from '@automodel/recipe';
import { note, type CliContext, type CommonOptions } from '../cli-context.js';
import { EXIT } from '../exit-code.js';

export interface SchemaCommandOptions extends CommonOptions {
  /** Absent: stdout. */
  readonly output?: string;
}

/** Errors: those of writing the file. */
export async function schema(
  context: CliContext,
  { output }: SchemaCommandOptions,
): Promise<number> {
  const text = `${JSON.stringify(recipeJsonSchema(), null, 1)}\n`;
  if (output === undefined) {
    context.streams.out.write(text);
    return EXIT.done;
  }
  await writeFile(resolve(context.workingDirectory, output), text);
  note(
    context,
    'To have an editor check a recipe with it, begin the recipe with:\n# yaml-language-server: ' +
      `$schema=${output}`,
  );
  return EXIT.done;
}
