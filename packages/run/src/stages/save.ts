// Stage: the run's folder becomes its own, and is written while training goes on: metrics,
// checkpoints from which the run can go on, and at the end the result.
import type { ModelSession } from '@automodel/session';
import {
  MetricsFile,
  type CheckpointContext,
  type PendingCheckpoint,
  type ValidationEvent,
} from '@automodel/train';
import { RunCheckpoints } from '../checkpoints/run-checkpoints.js';
import { runIdentity } from '../checkpoints/run-identity.js';
import { folderHistory, type Start } from '../checkpoints/start.js';
import type { SavedEvent } from '../events/run-events.js';
import type { OpenedRun } from '../open/opened-run.js';

type Needs = Parameters<typeof runIdentity>[0] &
  Pick<OpenedRun, 'source' | 'output' | 'workingDirectory' | 'tokenizerFolder'>;

/** Begins to write into the run's folder. Errors: `conflict` when another run does; `io`. */
export async function beginSaving(
  run: Needs,
  session: ModelSession,
  start: Start,
): Promise<RunSaving> {
  const { recipe, source, output, workingDirectory } = run;
  const history = folderHistory(start);
  const adapter = await run.adapter();
  const modelFolder = await run.modelFolder();
  const tokenizerFolder = await run.tokenizerFolder();
  const loader = await run.trainingLoader();
  await output.begin(source, history !== undefined);
  const metrics = await MetricsFile.open(output.metricsPath, history?.metricsBytes);
  const checkpoints = new RunCheckpoints({
    saved: { recipe, workingDirectory, session, adapter, modelFolder, tokenizerFolder },
    output,
    source,
    metrics,
    loader,
    identity: () => runIdentity(run),
    history,
  });
  const base = adapter === undefined ? undefined : modelFolder.folder.path;
  return new RunSaving(metrics, checkpoints, {
    isEnabled: recipe.checkpoint.enabled,
    result: {
      type: 'saved',
      directory: output.path,
      base,
      metrics: output.metricsPath,
      recipe: output.recipePath,
    },
  });
}

interface SavingOptions {
  /** False: neither checkpoints nor a result are wanted. */
  readonly isEnabled: boolean;
  /** What is told of the result, but for its files. */
  readonly result: Omit<SavedEvent, 'files'>;
}

export class RunSaving implements AsyncDisposable {
  readonly metrics: MetricsFile;
  readonly #checkpoints: RunCheckpoints;
  readonly #options: SavingOptions;
  #result: SavedEvent | undefined;

  constructor(metrics: MetricsFile, checkpoints: RunCheckpoints, options: SavingOptions) {
    this.metrics = metrics;
    this.#checkpoints = checkpoints;
    this.#options = options;
  }

  /** The result, once it is on disk. */
  get result(): SavedEvent | undefined {
    return this.#result;
  }

  /**
   * Starts to save. The final model goes into the run's folder itself; checkpoints go into folders
   * of their own below it. Undefined: nothing is to be saved.
   */
  async save(context: CheckpointContext): Promise<PendingCheckpoint | undefined> {
    const { isEnabled, result } = this.#options;
    if (!isEnabled) return undefined;
    if (!context.result) return this.#checkpoints.save(context);
    return this.#checkpoints.saveResult(context, (files) => {
      this.#result = { ...result, files };
    });
  }

  /** Notes a validation that belongs to a step before this part of the run. */
  validated(event: ValidationEvent): Promise<void> {
    return this.#checkpoints.validated(event);
  }

  /** Closes the metrics. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.metrics[Symbol.asyncDispose]();
  }
}
