// `automodel download`: a model or a split of a data set from the hub into the cache, beforehand.
// Prints where it is.
import { resolveDatasetFiles, resolveModelFolder } from '@automodel/hub';
import { writeJson, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import type { OPTIONS } from '../declarations/download.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { hubOptions } from '../hub-options.js';

/** Errors: those of the download, saying what to do. */
export async function run(
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
