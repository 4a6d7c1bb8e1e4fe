// `automodel push`: a fine-tuned model or adapter to the hub, with a model card written from its
// run.
import { resolve } from 'node:path';
import { readTokenizerFiles, Tokenizer } from '@automodel/data';
import { pushFolder, type PushResult } from '@automodel/hub';
import { generateCommand, type ExamplePrompt } from '@automodel/run';
import { note, writeJson, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import type { OPTIONS } from '../declarations/push.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { progressOf } from '../terminal/progress-line.js';
import { trainedPrompt } from './trained-prompt.js';

type Options = CommandOptions<typeof OPTIONS>;

/**
 * Errors: `missing-file`, `conflict`, `bad-argument` for what cannot be pushed; `network` from the
 * hub.
 */
export async function run(context: CommandContext, options: Options): Promise<number> {
  const { environment, workingDirectory, signal, streams } = context;
  const line = progressOf(streams);
  const result = await pushFolder(options.folder, {
    repository: options.repo,
    private: options.private,
    revision: options.revision,
    message: options.message,
    base: options.base,
    withTrainingState: options.withTrainingState,
    dryRun: options.dryRun,
    workingDirectory,
    environment,
    signal,
    onProgress: ({ file, state, share }) =>
      line.update(`${state} ${file}: ${Math.floor(100 * share)} %`),
  }).finally(() => line.finish());
  for (const remark of result.notes) note(context, `note: ${remark}`);
  if (options.json === true) writeJson(context, result);
  else if (result.commit === undefined) streams.out.write(wouldPush(result));
  else {
    const tokenizer = () => tokenizerIn(resolve(workingDirectory, options.folder));
    const example = await trainedPrompt(context, options.folder, tokenizer);
    streams.out.write(pushed(result, options, example));
  }
  return EXIT.done;
}

function wouldPush({ files, url, card }: PushResult): string {
  const listed = files.map((file) => `  ${file}\n`).join('');
  const shown = card === undefined ? '' : `\nREADME.md:\n\n${card}`;
  return `would push to ${url}:\n${listed}${shown}`;
}

const tokenizerIn = async (folder: string): Promise<Tokenizer> =>
  new Tokenizer(await readTokenizerFiles(folder));

function pushed(
  { files, kind, url, commit }: PushResult,
  { repo, base }: Options,
  { prompt, raw }: ExamplePrompt,
): string {
  const where =
    kind === 'adapter' ? { directory: repo, base: base ?? 'BASE' } : { directory: repo };
  return `\
pushed   ${files.length} files
${kind.padEnd(8)} ${url}
commit   ${commit!}

next: ${generateCommand(where, prompt, raw)}
`;
}
