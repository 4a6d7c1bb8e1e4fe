// `automodel merge`: an adapter and the model below it as one complete Hugging Face folder. The
// sums are taken in f32 and stored as the model is.
import { resolve } from 'node:path';
import { shellWord } from '@automodel/run';
import { writeJson, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { defineCommand, type CommandOptions } from '../grammar/define-command.js';
import { requiredText } from '../grammar/option.js';
import { backendOptions, graphOption, modelOption } from '../grammar/shared-options.js';
import { openModel } from '../open-model.js';

const OPTIONS = {
  ...backendOptions,
  ...graphOption,
  ...modelOption,
  adapter: requiredText('--adapter <dir>', 'PEFT adapter: folder or hub id'),
  output: requiredText('--output <folder>', 'where the merged model goes'),
};

/**
 * Errors: those of opening model and adapter; `conflict` for an output folder that holds other
 * files.
 */
async function run(
  context: CommandContext,
  options: CommandOptions<typeof OPTIONS>,
): Promise<number> {
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

export const merge = defineCommand({
  name: 'merge',
  description: 'merge an adapter and its model into one complete folder',
  group: 'Taking it elsewhere',
  examples: ['merge --model ./my-model --adapter out --output merged'],
  options: OPTIONS,
  run,
});
