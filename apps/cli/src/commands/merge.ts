// `automodel merge`: an adapter and the model below it as one complete Hugging Face folder. The
// sums are taken in f32 and stored as the model is.
import { resolve } from 'node:path';
import { checkPublishTarget } from '@automodel/checkpoint';
import { generateCommand } from '@automodel/run';
import { note, writeJson, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import type { OPTIONS } from '../declarations/merge.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { openModel } from '../open-model.js';
import { during } from '../terminal/progress-line.js';
import { trainedPrompt } from './trained-prompt.js';

/**
 * Errors: those of opening model and adapter; `conflict` for an output folder that holds other
 * files.
 */
export async function run(
  context: CommandContext,
  options: CommandOptions<typeof OPTIONS>,
): Promise<number> {
  const { workingDirectory } = context;
  const directory = resolve(workingDirectory, options.output);
  const overwrite = options.force === true;
  await checkPublishTarget(directory, { overwrite }); // before the model is loaded
  await using model = await openModel(context, options);
  const saved = await during(context.streams, 'merging and writing', () =>
    model.savePretrained(directory, { overwrite }),
  );
  for (const remark of saved.notes) note(context, `note: ${remark}`);
  if (options.json === true) writeJson(context, { directory: saved.directory, files: saved.files });
  else {
    const tokenizer = () => model.tokenizer();
    const { prompt, raw } = await trainedPrompt(context, options.adapter, tokenizer);
    const next = generateCommand({ directory: options.output }, prompt, raw);
    context.streams.out.write(`merged   ${options.output}\n\nnext: ${next}\n`);
  }
  return EXIT.done;
}
