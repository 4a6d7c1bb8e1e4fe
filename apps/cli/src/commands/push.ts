// `automodel push`: a fine-tuned model or adapter to the hub, with a model card written from its
// run.
import { pushFolder, type PushResult } from '@automodel/hub';
import { note, writeJson, type CliContext, type CommonOptions } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { ProgressLine } from '../terminal/progress-line.js';

export interface PushCommandOptions extends CommonOptions {
  readonly folder: string;
  readonly repo: string;
  readonly private?: boolean;
  readonly revision?: string;
  readonly message?: string;
  /** Hub id of the model that was trained. */
  readonly base?: string;
  readonly withTrainingState?: boolean;
  readonly dryRun?: boolean;
}

/**
 * Errors: `missing-file`, `conflict`, `bad-argument` for what cannot be pushed; `network` from the
 * hub.
 */
export async function push(context: CliContext, options: PushCommandOptions): Promise<number> {
  const { environment, workingDirectory, signal, streams } = context;
  const {
    folder,
    repo,
    private: isPrivate,
    revision,
    message,
    base,
    withTrainingState,
    dryRun,
  } = options;
  const line = new ProgressLine(streams.err);
  const result = await pushFolder(folder, {
    repository: repo,
    private: isPrivate,
    revision,
    message,
    base,
    withTrainingState,
    dryRun,
    workingDirectory,
    environment,
    signal,
    onProgress: ({ file, state, share }) =>
      line.update(`${state} ${file}: ${Math.floor(100 * share)} %`),
  }).finally(() => line.finish());
  for (const text of result.notes) note(context, `note: ${text}`);
  if (options.json === true) writeJson(context, result);
  else
    streams.out.write(
      result.commit === undefined
        ? dry(result)
        : `pushed   ${result.files.length} files\n${result.kind.padEnd(8)} ` +
            `${result.url}\ncommit   ${result.commit}\n\nnext: ` +
            `${nextCommand(result, repo, base)}\n`,
    );
  return EXIT.done;
}

const dry = ({ files, url, card }: PushResult): string =>
  'would push to ' +
  `${url}:\n${files.map((file) => `  ${file}\n`).join('')}${card === undefined ? '' : `\nREADME.md:\n\n${card}`}`;

const nextCommand = ({ kind }: PushResult, repository: string, base: string | undefined): string =>
  kind === 'adapter'
    ? `npx automodel generate --model ${base ?? 'BASE'} --adapter ${repository} --prompt 'Hello'`
    : `npx automodel generate --model ${repository} --prompt 'Hello'`;
