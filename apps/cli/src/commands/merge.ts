// `automodel merge`: an adapter and the model below it as one complete Hugging Face folder. The
// sums are taken in f32 and stored as the model is.
import { resolve } from 'node:path';
import { shellWord } from '@automodel/run';
import { writeJson, type CliContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { openModel, type ModelOptions } from '../open-model.js';

export interface MergeCommandOptions extends ModelOptions {
  readonly adapter: string;
  readonly output: string;
}

/**
 * Errors: those of opening model and adapter; `conflict` for an output folder that holds other
 * files.
 */
export async function merge(context: CliContext, options: MergeCommandOptions): Promise<number> {
  const { workingDirectory } = context;
  await using model = await openModel(context, options);
  const saved = await model.savePretrained(resolve(workingDirectory, options.output));
  if (options.json === true) writeJson(context, { directory: saved.directory, files: saved.files });
  else
    context.streams.out.write(
      `merged   ${saved.directory}\n\nnext: npx automodel generate --model ` +
        `${shellWord(saved.directory)} --prompt Hello\n`,
    );
  return EXIT.done;
}
