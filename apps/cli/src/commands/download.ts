// `automodel download`: a model or a split of a data set from the hub into the cache, beforehand. Prints where it is.
import { resolveDatasetFiles, resolveModelFolder } from '@automodel/hub';
import { note, writeJson, type CliContext, type CommonOptions } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { downloadProgress } from '../render/download-progress.js';
import { ProgressLine } from '../terminal/progress-line.js';

export interface DownloadCommandOptions extends CommonOptions {
  readonly revision?: string;
  readonly dataset?: boolean;
  readonly split?: string;
  readonly name?: string;
}

/** Errors: those of the download, saying what to do. */
export async function download(context: CliContext, id: string, { revision, dataset, split, name, json }: DownloadCommandOptions): Promise<number> {
  const { environment, workingDirectory, signal, streams } = context;
  const line = new ProgressLine(streams.err);
  const options = { revision, environment, signal, onProgress: downloadProgress(line), onNote: (text: string) => note(context, `note: ${text}`) };
  try {
    const found = dataset === true ? await resolveDatasetFiles(id, { ...options, split, name }) : { folder: await resolveModelFolder(id, { ...options, workingDirectory }) };
    line.finish();
    if (json === true) writeJson(context, found);
    else streams.out.write(`${'folder' in found ? found.folder : found.files.join('\n')}\n`);
    return EXIT.done;
  } finally {
    line.finish();
  }
}
