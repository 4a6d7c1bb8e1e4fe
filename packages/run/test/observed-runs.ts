// Runs whose report and trackers are looked at.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  TrackedOutcome,
  TrackedRun,
  TrackedValues,
  TrackerPlugin,
} from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import type { RunEvent } from '@automodel/run';
import { TinyRuns } from './tiny-runs.js';

/** Runs of three steps with validation; trackers get the loss of every second step. */
export const observedRuns = (): Promise<TinyRuns> =>
  TinyRuns.create(12, (data) => ({
    validation_dataset: { path_or_dataset_id: data },
    step_scheduler: {
      global_batch_size: 4,
      local_batch_size: 2,
      num_epochs: 1,
      log_remote_every_steps: 2,
    },
  }));

/** The report in a run's folder. */
export const report = ({ root }: TinyRuns, output: string): Promise<string> =>
  readFile(join(root, output, 'report.html'), 'utf8');

export const trackerEvents = (events: readonly RunEvent[]): RunEvent[] =>
  events.filter(({ type }) => type === 'tracker');

/** A tracker `mlflow` that records its calls. */
export function recordingTracker(fail: { readonly check?: boolean; readonly open?: boolean } = {}) {
  const seen = {
    options: undefined as unknown,
    run: undefined as TrackedRun | undefined,
    entries: [] as TrackedValues[],
    outcome: undefined as TrackedOutcome | undefined,
  };
  const plugin: TrackerPlugin = {
    kind: 'tracker',
    apiVersion: 1,
    name: 'mlflow',
    check() {
      if (fail.check === true)
        throw new AutomodelError('bad-recipe', 'mlflow.tracking_uri is missing');
    },
    async open(options, run) {
      if (fail.open === true) throw new Error('connection refused');
      Object.assign(seen, { options, run });
      return {
        location: 'http://there',
        log: async (entries) => void seen.entries.push(...entries),
        close: async (outcome) => void (seen.outcome = outcome),
      };
    },
  };
  return { plugin, seen };
}
