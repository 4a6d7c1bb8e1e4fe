// The names of what a run keeps in its folder.

export const METRICS_FILE = 'metrics.jsonl';
export const RECIPE_FILE = 'recipe.yaml';
export const ANSWERS_FILE = 'answers.jsonl';
export const REPORT_FILE = 'report.html';
/** What the report shows besides metrics and answers, for whoever watches the folder. */
export const FACTS_FILE = 'report.json';
/** Files that mark a folder as complete: a model's config, or an adapter's. */
export const CONFIG_FILES: readonly string[] = ['config.json', 'adapter_config.json'];
export const STAGING = '.saving';
/** What lets the processes of one run meet; whoever launches them makes it, before the run. */
export const isMeetingFile = (name: string): boolean => name.startsWith('.rendezvous');
/** Beside a result: a longer run than the one that made it has begun and is not finished. */
export const LONGER_FILE = '.made-longer';
/** Beside a result: what the run that made it has still to do. */
export const ENDING_FILE = '.ending.json';
/**
 * The files that a run leaves if it is stopped before its first checkpoint, besides its metrics and
 * unfinished folders. A new run writes all of them again. Trackers keep their folders.
 */
export const TRACES: readonly string[] = [
  RECIPE_FILE,
  ANSWERS_FILE,
  REPORT_FILE,
  FACTS_FILE,
  ENDING_FILE,
];
export const TRACKER_FOLDERS: readonly string[] = ['tensorboard', 'wandb'];
