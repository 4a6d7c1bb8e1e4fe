// `automodel push`: a fine-tuned model or adapter to the hub, with a model card written from its
// run.
import { pushFolder, type PushResult } from '@automodel/hub';
import { note, writeJson, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import type { OPTIONS } from '../declarations/push.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { progressOf } from '../terminal/progress-line.js';

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
  else streams.out.write(result.commit === undefined ? wouldPush(result) : pushed(result, options));
  return EXIT.done;
}

function wouldPush({ files, url, card }: PushResult): string {
  const listed = files.map((file) => `  ${file}\n`).join('');
  const shown = card === undefined ? '' : `\nREADME.md:\n\n${card}`;
  return `would push to ${url}:\n${listed}${shown}`;
}

function pushed({ files, kind, url, commit }: PushResult, { repo, base }: Options): string {
  const model = kind === 'adapter' ? `${base ?? 'BASE'} --adapter ${repo}` : repo;
  return `\
pushed   ${files.length} files
${kind.padEnd(8)} ${url}
commit   ${commit!}

next: npx automodel generate --model ${model} --prompt 'Hello'
`;
}
