// `automodel download`: a model or a split of a data set from the hub into the cache, beforehand.
// Prints where it is.
import { resolveDatasetFiles, resolveModelFolder } from '@automodel/hub';
import { writeJson, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { defineCommand, type CommandOptions } from '../grammar/define-command.js';
import { argument, flag, text } from '../grammar/option.js';
import { hubOptions } from '../hub-options.js';

const OPTIONS = {
  revision: text('--revision <name>', 'branch, tag or commit (default: main)'),
  dataset: flag('--dataset', 'the id is a data set'),
  split: text('--split <split>', 'split of the data set (default: train)'),
  name: text('--name <configuration>', 'configuration of the data set, if it has several'),
};

/** Errors: those of the download, saying what to do. */
async function run(
  context: CommandContext,
  { revision, dataset, split, name, json }: CommandOptions<typeof OPTIONS>,
  id: string,
): Promise<number> {
  const { workingDirectory, streams } = context;
  const options = { ...hubOptions(context), revision };
  const found =
    dataset === true
      ? await resolveDatasetFiles(id, { ...options, split, name })
      : { folder: await resolveModelFolder(id, { ...options, workingDirectory }) };
  if (json === true) writeJson(context, found);
  else streams.out.write(`${'folder' in found ? found.folder : found.files.join('\n')}\n`);
  return EXIT.done;
}

export const download = defineCommand({
  name: 'download',
  description: 'fetch a model or data set from the hub into the cache',
  group: 'Taking it elsewhere',
  examples: ['download Qwen/Qwen3-0.6B', 'download rajpurkar/squad --dataset --split validation'],
  note:
    'Other commands fetch what they need in the same way. HF_HOME, HF_TOKEN, HF_ENDPOINT and\n' +
    'HF_HUB_OFFLINE are honoured.',
  argument: argument('<id>', 'id on the hub, such as Qwen/Qwen3-0.6B'),
  options: OPTIONS,
  run,
});
