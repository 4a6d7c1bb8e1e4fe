// `automodel push`: a fine-tuned model or adapter to the hub, with a model card written from its
// run.
import { pushFolder, type PushResult } from '@automodel/hub';
import { note, writeJson, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { defineCommand, type CommandOptions } from '../grammar/define-command.js';
import { flag, requiredText, text } from '../grammar/option.js';
import { ProgressLine } from '../terminal/progress-line.js';

const OPTIONS = {
  folder: requiredText('--folder <dir>', 'what a run, merge or export wrote'),
  repo: requiredText('--repo <owner/name>', 'repository on the hub; created if it does not exist'),
  private: flag('--private', 'make a new repository private'),
  revision: text('--revision <branch>', 'branch; created if it does not exist (default: main)'),
  message: text('--message <text>', 'title of the commit'),
  base: text('--base <owner/name>', 'id of the base model on the hub, if the run used a folder'),
  withTrainingState: flag(
    '--with-training-state',
    'push a checkpoint together with what resuming needs',
  ),
  dryRun: flag('--dry-run', 'show the files and the card, and change nothing'),
};
type Options = CommandOptions<typeof OPTIONS>;

/**
 * Errors: `missing-file`, `conflict`, `bad-argument` for what cannot be pushed; `network` from the
 * hub.
 */
async function run(context: CommandContext, options: Options): Promise<number> {
  const { environment, workingDirectory, signal, streams } = context;
  const line = new ProgressLine(streams.err);
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

export const push = defineCommand({
  name: 'push',
  description: 'push a fine-tuned model or adapter to the hub, with a model card of its run',
  group: 'Taking it elsewhere',
  examples: [
    'push --folder out --repo me/my-model --private',
    'push --folder out --repo me/my-model --dry-run',
  ],
  note:
    'Needs a token with write access in HF_TOKEN. A README.md that a person wrote is never\n' +
    'replaced.',
  options: OPTIONS,
  run,
});
