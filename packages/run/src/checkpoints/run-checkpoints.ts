// Saves a run: checkpoints from which it can be resumed, their links and their maximum number, and
// the result at its end. If the plan allows, tensors are copied while the next step computes, so
// that training does not wait.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  allSucceed,
  byFirst,
  diskError,
  firstDoes,
  openTrainingState,
  writeTrainingState,
  type CheckpointEntry,
  type CheckpointTime,
} from '@automodel/checkpoint';
import type { HostGroup } from '@automodel/contracts';
import {
  copiedTensors,
  restoreTraining,
  type CheckpointContext,
  type MetricsFile,
  type PendingCheckpoint,
  type TrainingTensors,
  type ValidationEvent,
} from '@automodel/train';
import type { BatchLoader, StreamingLoader } from '@automodel/data';
import type { OutputFolder } from '../folder/output-folder.js';
import { checkReplicas } from './check-replicas.js';
import { areCopied } from './copied-alike.js';
import { lossesText } from './losses-text.js';
import { checkpointTensors, type SavedState } from './resume-point.js';
import type { RunIdentity } from './run-identity.js';
import { saverOf, trainedTensors, type SavedParts } from './saved-model.js';
import type { FolderHistory } from './start.js';

/** The step that the result is, and its validation loss. */
export type BestStep = NonNullable<SavedState['lowestValidation']>;

/** The result on disk; `best` if the best checkpoint was asked for. */
export interface SavedResult {
  readonly files: readonly string[];
  readonly best: BestStep | undefined;
}

export interface RunCheckpointsOptions {
  readonly saved: SavedParts;
  readonly output: OutputFolder;
  /**
   * The processes of the run, for what is saved beside training. Each writes what it holds of the
   * tensors, and the first one everything else.
   */
  readonly group: HostGroup;
  /** The recipe as YAML, secrets hidden. */
  readonly source: string;
  /** Undefined: another process writes them. */
  readonly metrics: MetricsFile | undefined;
  readonly loader: BatchLoader | StreamingLoader;
  /**
   * What a resumed run must have in common with this one. Called once, at the first checkpoint:
   * files that change later are not what the run began with.
   */
  readonly identity: () => Promise<RunIdentity>;
  /** What the folder holds from an earlier part of the run. */
  readonly history: FolderHistory | undefined;
  /** Whether tensors may be copied, so that training need not wait: the plan counts the copies. */
  readonly copies: boolean;
}

export class RunCheckpoints {
  readonly #options: RunCheckpointsOptions;
  #lowest: SavedState['lowestValidation'];
  #learningRate: number | undefined;
  #identity: Promise<RunIdentity> | undefined;

  constructor(options: RunCheckpointsOptions) {
    this.#options = options;
    this.#lowest = options.history?.lowestValidation ?? null;
  }

  /** The rate that a range test found; undefined: there was none. */
  useLearningRate(found: number | undefined): void {
    this.#learningRate = found;
  }

  /**
   * Starts a checkpoint. The state of the run is read at once; tensors are read while it is
   * written.
   */
  async save(context: CheckpointContext): Promise<PendingCheckpoint> {
    const { saved, copies, group } = this.#options;
    await checkReplicas(saved.session, group);
    const isLowest = this.#noteValidation(context);
    const { live, state, isCopied } = await allSucceed(group, async () => {
      const live = await trainedTensors(saved, context.training);
      const state = await this.#state(context);
      // nothing waits for the last checkpoint
      return { live, state, isCopied: await areCopied(live, copies && !context.last, group) };
    });
    const copied = isCopied ? allSucceed(group, () => copiedTensors(live)) : undefined;
    const published =
      copied === undefined
        ? this.#publish(context, live, state)
        : copied.then((tensors) => this.#publish(context, tensors, state));
    const released = (copied ?? published).then(
      () => undefined,
      () => undefined,
    );
    const tidied = published.then(
      (entry) => (group.rank === 0 ? this.#tidy(entry, isLowest) : undefined),
      () => undefined,
    );
    return { released, published: published.then(({ path }) => path), tidied };
  }

  /**
   * Starts the last save: the result, into the run's folder itself. If the recipe wants the best
   * checkpoint, the session has its weights from then on.
   */
  async saveResult(
    context: CheckpointContext,
    done: (result: SavedResult) => void,
  ): Promise<PendingCheckpoint> {
    const { saved, output, metrics, group } = this.#options;
    await checkReplicas(saved.session, group);
    const { best, save, ending } = await allSucceed(group, async () => {
      const best = await this.#best(context);
      const tensors = await trainedTensors(saved, context.training);
      const ending = {
        step: context.step,
        epoch: context.epoch,
        best: best ?? null,
        metricsBytes: (await metrics?.size()) ?? 0,
        evaluated: false,
      };
      return { best, save: await saverOf(saved, tensors.parameters), ending };
    });
    const published = output.saveResult(save, ending, group).then((files) => {
      if (group.rank === 0) done({ files, best });
      return output.path;
    });
    return { released: Promise.resolve(), published };
  }

  /**
   * Records a validation of the run. If the run was stopped before it and has already saved its
   * step in this folder, it belongs to that checkpoint, because no later one will record it.
   */
  async validated({ step, name, loss }: ValidationEvent): Promise<void> {
    const { history, output, group } = this.#options;
    if (history === undefined || step >= history.nextStep) return;
    if (!this.#noteValidation({ step, validationLosses: new Map([[name, loss]]) })) return;
    if (group.rank !== 0) return;
    const entry = (await output.checkpoints.list()).find((one) => one.step === step);
    if (entry !== undefined)
      await output.checkpoints
        .link('LOWEST_VAL', entry)
        .catch((cause: unknown) => Promise.reject(diskError(cause, output.path) as Error));
  }

  /**
   * Gives the session the weights of the best checkpoint if the recipe wants them and the last step
   * is not the best. Returns which step the result is; undefined: it was not asked for.
   */
  async #best(context: CheckpointContext): Promise<BestStep | undefined> {
    const { saved, output, group } = this.#options;
    const isLast = this.#noteValidation(context);
    if (!saved.recipe.checkpoint.load_best_at_end || this.#lowest === null) return undefined;
    const path = await byFirst(group, async () =>
      isLast ? '' : ((await output.checkpoints.linked('LOWEST_VAL'))?.path ?? ''),
    );
    if (path !== '') {
      const point = { path, stored: await openTrainingState(path) };
      const tensors = await checkpointTensors(point, saved.session, saved.adapter);
      await restoreTraining(saved.session, context.training, tensors);
    }
    return this.#lowest;
  }

  /** Whether this step's validation loss is the lowest so far. */
  #noteValidation({
    step,
    validationLosses,
  }: Pick<CheckpointContext, 'step' | 'validationLosses'>): boolean {
    const { best_metric_key: key } = this.#options.saved.recipe.checkpoint;
    const loss = validationLosses.get(key);
    if (loss === undefined || (this.#lowest !== null && loss >= this.#lowest.loss)) return false;
    this.#lowest = { step, loss };
    return true;
  }

  async #state({
    step,
    epoch,
    validationsDue,
    earlyStopping,
  }: CheckpointContext): Promise<SavedState & CheckpointTime> {
    const { saved, loader, metrics, identity } = this.#options;
    const data = loader.state();
    return {
      step,
      epoch,
      nextStep: step + 1,
      data,
      metricsBytes: (await metrics?.size()) ?? 0,
      lowestValidation: this.#lowest,
      ...(earlyStopping === undefined ? {} : { earlyStopping }),
      ...(this.#learningRate === undefined ? {} : { foundLearningRate: this.#learningRate }),
      ...(validationsDue.length === 0 ? {} : { validationsDue }),
      identity: await (this.#identity ??= identity()),
      numerics: saved.session.backend.numericsKey,
    };
  }

  async #publish(
    context: CheckpointContext,
    tensors: TrainingTensors,
    state: SavedState,
  ): Promise<CheckpointEntry> {
    const { saved, source, output, group } = this.#options;
    const { optimizer, masterWeights } = tensors;
    const save = await allSucceed(group, () => saverOf(saved, tensors.parameters));
    const build = async (directory: string): Promise<void> => {
      await save(directory, { group });
      await firstDoes(group, async () => {
        await writeFile(join(directory, 'config.yaml'), source);
        await writeFile(join(directory, 'losses.json'), lossesText(context));
      });
      await writeTrainingState(directory, { state: { ...state }, optimizer, masterWeights }, group);
    };
    return output.checkpoints.publish(context, build, group);
  }

  /** Links to the checkpoint, and removes those beyond the maximum. */
  async #tidy(entry: CheckpointEntry, isLowest: boolean): Promise<void> {
    const { output, saved } = this.#options;
    const { checkpoints } = output;
    const { max_recent_checkpoints: keep } = saved.recipe.checkpoint;
    try {
      await checkpoints.link('LATEST', entry);
      if (isLowest) await checkpoints.link('LOWEST_VAL', entry);
      if (keep !== null) await checkpoints.retain(keep);
    } catch (cause) {
      throw diskError(cause, output.path);
    }
  }
}
