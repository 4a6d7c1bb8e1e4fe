// Stage: writes the run's folder while training goes on: metrics, checkpoints from
// which the run can be resumed, and at the end the result. If there are several processes, only the
// first one writes.
import type { ModelSession } from '@automodel/session';
import {
  MetricsFile,
  type CheckpointContext,
  type PendingCheckpoint,
  type ValidationEvent,
} from '@automodel/train';
import type { RunPlan } from '../check/plan-recipe.js';
import { RunCheckpoints } from '../checkpoints/run-checkpoints.js';
import { runIdentity } from '../checkpoints/run-identity.js';
import { folderHistory, type Start } from '../checkpoints/start.js';
import type { SavedEvent } from '../events/run-events.js';
import type { OpenedRun } from '../open/opened-run.js';

type Needs = Parameters<typeof runIdentity>[0] &
  Pick<
    OpenedRun,
    'source' | 'output' | 'workingDirectory' | 'tokenizerFolder' | 'tokenizer' | 'host'
  >;

/** Begins to write into the run's folder. Errors: `io`; those of the fence. */
export async function beginSaving(
  run: Needs,
  session: ModelSession,
  start: Start,
  { copiesAtCheckpoint }: Pick<RunPlan, 'copiesAtCheckpoint'>,
): Promise<RunSaving> {
  const { recipe, source, output, workingDirectory } = run;
  const { host } = run;
  await host.barrier(); // nothing is written before every process has looked at the folder
  if (host.rank !== 0) return new RunSaving();
  const history = folderHistory(start);
  const adapter = await run.adapter();
  const modelFolder = await run.modelFolder();
  const tokenizerFolder = await run.tokenizerFolder();
  const tokenizer = await run.tokenizer();
  const loader = await run.trainingLoader();
  await output.begin(source, history !== undefined);
  const metrics = await MetricsFile.open(output.metricsPath, {
    from: history?.metricsBytes,
    fence: output.fence,
  });
  const checkpoints = new RunCheckpoints({
    saved: { recipe, workingDirectory, session, adapter, modelFolder, tokenizerFolder, tokenizer },
    output,
    source,
    metrics,
    loader,
    identity: () => runIdentity(run),
    history,
    copies: copiesAtCheckpoint,
  });
  const base = adapter === undefined ? undefined : modelFolder.folder.path;
  return new RunSaving({
    metrics,
    checkpoints,
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
  readonly metrics: MetricsFile;
  readonly checkpoints: RunCheckpoints;
  /** False: neither checkpoints nor a result are wanted. */
  readonly isEnabled: boolean;
  /** The event of the result, without what is known when it is saved. */
  readonly result: Omit<SavedEvent, 'files' | 'best'>;
}

export class RunSaving implements AsyncDisposable {
  readonly #options: SavingOptions | undefined;
  #result: SavedEvent | undefined;

  /** Without options it saves nothing. */
  constructor(options?: SavingOptions) {
    this.#options = options;
  }

  get metrics(): MetricsFile | undefined {
    return this.#options?.metrics;
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
    if (this.#options?.isEnabled !== true) return undefined;
    const { checkpoints, result } = this.#options;
    if (!context.result) return checkpoints.save(context);
    return checkpoints.saveResult(context, (saved) => {
      this.#result = { ...result, ...saved };
    });
  }

  /** The rate that a range test found is part of every checkpoint. */
  useLearningRate(found: number | undefined): void {
    this.#options?.checkpoints.useLearningRate(found);
  }

  /** Records a validation that belongs to a step before this part of the run. */
  async validated(event: ValidationEvent): Promise<void> {
    await this.#options?.checkpoints.validated(event);
  }

  /** Closes the metrics. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.metrics?.[Symbol.asyncDispose]();
  }
}
