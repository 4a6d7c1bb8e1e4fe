// The trackers of a run: which ones its recipe names, and a queue before each once the run begins.
import type { Tracker, TrackerPlugin } from '@automodel/contracts';
import type { OpenedRun } from '../open/opened-run.js';
import { fencedTracker } from './fenced-tracker.js';
import { trackedRun } from './tracked-run.js';
import { TrackerQueue, type TrackerLimits } from './tracker-queue.js';
import { trackerSections } from './tracker-sections.js';

/** A tracker that the recipe names, with its section. */
export interface TrackerChoice {
  readonly plugin: TrackerPlugin;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Errors: a tracker that is not installed or whose options are wrong. */
export async function chosenTrackers({
  recipe,
  plugins,
}: Pick<OpenedRun, 'recipe' | 'plugins'>): Promise<readonly TrackerChoice[]> {
  const choices: TrackerChoice[] = [];
  for (const { name, options } of trackerSections(recipe)) {
    const plugin = await plugins.tracker(name);
    plugin.check?.(options, process.env);
    choices.push({ plugin, options });
  }
  return choices;
}

export interface TrackerListener {
  readonly limits: TrackerLimits | undefined;
  readonly signal: AbortSignal;
  readonly opened: (name: string, location: string | undefined) => void;
  readonly problem: (name: string, problem: string) => void;
}

/** Opens the chosen ones; from here on the run's folder is written into. */
export async function openTrackers(
  run: Pick<OpenedRun, 'source' | 'output' | 'workingDirectory' | 'backend'>,
  choices: readonly TrackerChoice[],
  { limits, signal, opened, problem }: TrackerListener,
): Promise<readonly TrackerQueue[]> {
  const { source, output, workingDirectory } = run;
  const tracked = trackedRun({
    directory: output.path,
    workingDirectory,
    recipe: source,
    backend: await run.backend(),
    signal,
  });
  return choices.map(({ plugin, options }) => {
    const open = async (): Promise<Tracker> =>
      fencedTracker(await plugin.open(options, tracked), output.fence);
    const listener = {
      opened: (location: string | undefined) => opened(plugin.name, location),
      problem: (said: string) => problem(plugin.name, said),
    };
    return new TrackerQueue(open, listener, limits);
  });
}
