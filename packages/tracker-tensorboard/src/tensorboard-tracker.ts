// A run as TensorBoard shows it: scalars by step, the recipe as a text, its settings on the hparams
// page.
import { join, resolve } from 'node:path';
import type { TrackedOutcome, TrackedRun, TrackedValues, Tracker } from '@automodel/contracts';
import { EventFile } from './event-file.js';
import { endEvent, scalarsEvent, settingsEvent, textEvent } from './events.js';

class TensorBoardTracker implements Tracker {
  readonly location: string;
  readonly #file: EventFile;

  constructor(location: string, file: EventFile) {
    this.location = location;
    this.#file = file;
  }

  log(entries: readonly TrackedValues[]): Promise<void> {
    return this.#file.append(
      entries.map(({ time, step, values }) => scalarsEvent(time, step, values)),
    );
  }

  async close({ status, message }: TrackedOutcome): Promise<void> {
    const now = new Date();
    await this.#file.append([
      ...(message === undefined ? [] : [textEvent(now, 0, 'error', fenced(message))]),
      endEvent(now, status),
    ]);
    await this.#file.close();
  }
}

/** Text as it is: Markdown reads an indented block literally. */
const fenced = (text: string): string => text.trimEnd().replace(/^/gm, '    ');

/** `log_dir`: by default `tensorboard` in the run folder. Errors: those of the file system. */
export async function openTensorBoard(
  options: Readonly<Record<string, unknown>>,
  run: TrackedRun,
): Promise<Tracker> {
  const { log_dir: given } = options;
  const directory =
    typeof given === 'string'
      ? resolve(run.workingDirectory, given)
      : join(run.directory, 'tensorboard');
  const file = await EventFile.create(directory, run.startedAt);
  const environment = Object.entries(run.environment)
    .map(([key, value]) => `${key}: ${value}`)
    .join('\n');
  await file.append([
    textEvent(run.startedAt, 0, 'recipe', fenced(run.recipe)),
    textEvent(run.startedAt, 0, 'environment', fenced(environment)),
    settingsEvent(run.startedAt, run.settings),
  ]);
  return new TensorBoardTracker(directory, file);
}
