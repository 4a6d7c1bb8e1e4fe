// `automodel merge`: an adapter and the model below it as one complete Hugging Face folder. The
// sums are taken in f32 and stored as the model is.
import { resolve } from 'node:path';
import { shellWord } from '@automodel/run';
import { note, writeJson, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import type { OPTIONS } from '../declarations/merge.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { openModel } from '../open-model.js';

/**
 * Errors: those of opening model and adapter; `conflict` for an output folder that holds other
 * files.
 */
export async function run(
  context: CommandContext,
  options: CommandOptions<typeof OPTIONS>,
): Promise<number> {
  const { workingDirectory } = context;
  await using model = await openModel(context, options);
  const saved = await model.savePretrained(resolve(workingDirectory, options.output));
  for (const remark of saved.notes) note(context, `note: ${remark}`);
  if (options.json === true) writeJson(context, { directory: saved.directory, files: saved.files });
  else
    context.streams.out.write(
      `merged   ${saved.directory}\n\nnext: npx automodel generate --model ` +
        `${shellWord(saved.directory)} --prompt Hello\n`,
    );
  return EXIT.done;
}
