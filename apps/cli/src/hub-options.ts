// What a command tells the hub code: its variables, what ends a download, and where to show
// progress.
import type { HubOptions } from '@automodel/hub';
import type { ComposeOptions } from '@automodel/run';
import { note, type CliContext } from './cli-context.js';
import { downloadProgress } from './render/download-progress.js';
import { progressOf } from './terminal/progress-line.js';

type Listening = Required<Pick<HubOptions, 'environment' | 'signal' | 'onProgress' | 'onNote'>>;

export function hubOptions(context: CliContext): Listening {
  const { environment, signal, streams } = context;
  return {
    environment,
    signal,
    onProgress: downloadProgress(progressOf(streams)),
    onNote: (text) => note(context, `note: ${text}`),
  };
}

/** The same for a run whose events are not shown. */
export function runHubOptions(
  context: CliContext,
): Pick<ComposeOptions, 'environment' | 'onDownload' | 'onHubNote'> {
  const { environment, onProgress, onNote } = hubOptions(context);
  return { environment, onDownload: onProgress, onHubNote: onNote };
}
