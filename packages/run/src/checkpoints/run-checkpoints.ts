// Saves a run: checkpoints from which it can go on, with their links and bounds, and the result at
// its end. What is saved is copied while the next step computes, where memory allows, so that
// training does not wait.
import { writeFile } from 'node:fs/promises';
import { freemem } from 'node:os';
import { join } from 'node:path';
import {
  diskError,
  writeTrainingState,
  type CheckpointEntry,
  type CheckpointTime,
} from '@automodel/checkpoint';
import { bytesOf, sizeOf } from '@automodel/core';
import {
  copiedTensors,
  type CheckpointContext,
  type MetricsFile,
  type PendingCheckpoint,
  type TrainingTensors,
  type ValidationEvent,
} from '@automodel/train';
import { type ModelSession } from '@automodel/session';
import type { RunContainer } from '../open/run-container.js';
import { PARTS } from '../open/tokens.js';
import type { OutputFolder } from '../folder/output-folder.js';
import type { SavedState } from './resume-point.js';
import { runIdentity, type RunIdentity } from './run-identity.js';
import { saverOf, trainedTensors } from './saved-model.js';

/** Tensors are copied when they take at most this share of the memory that is free. */
const COPIED_SHARE = 0.2;

export interface RunCheckpointsOptions {
  readonly parts: RunContainer;
  readonly session: ModelSession;
  readonly metrics: MetricsFile;
  /** Of a resumed run: what was the lowest so far. */
  readonly lowestValidation: SavedState['lowestValidation'];
}

export class RunCheckpoints {
  readonly #options: RunCheckpointsOptions;
  readonly #output: OutputFolder;
  #lowest: SavedState['lowestValidation'];
  /** Read once: files that change while a run goes on are not what it began with. */
  #identity: Promise<RunIdentity> | undefined;

  constructor(options: RunCheckpointsOptions) {
    this.#options = options;
    this.#output = options.parts.get(PARTS.output);
    this.#lowest = options.lowestValidation;
  }

  /** Starts a checkpoint. Where a run stands is read at once; tensors while it is written. */
  async save(context: CheckpointContext): Promise<PendingCheckpoint> {
    const { parts, session } = this.#options;
    const live = await trainedTensors(parts, session, context.training);
    const isLowest = this.#noteValidation(context);
    const state = await this.#state(context);
    const copied =
      bytesOfTensors(live) <= COPIED_SHARE * freemem() ? copiedTensors(live) : undefined;
    const published =
      copied === undefined
        ? this.#publish(context, live, state)
        : copied.then((tensors) => this.#publish(context, tensors, state));
    const released = (copied ?? published).then(
      () => undefined,
      () => undefined,
    );
    const tidied = published.then(
      (entry) => this.#tidy(entry, isLowest),
      () => undefined,
    );
    return { released, published: published.then(({ path }) => path), tidied };
  }

  /** Starts the last save: the result, into the run's folder itself. */
  async saveResult(
    context: CheckpointContext,
    done: (files: readonly string[]) => void,
  ): Promise<PendingCheckpoint> {
    const { parts, session } = this.#options;
    const tensors = await trainedTensors(parts, session, context.training);
    const save = await saverOf(parts, session, tensors.parameters);
    const published = this.#output.saveResult(save).then((files) => {
      done(files);
      return this.#output.path;
    });
    return { released: Promise.resolve(), published };
  }

  /**
   * Notes the validation of a step that was saved before it, in this folder, by a run that was
   * stopped.
   */
  async validatedLate({ step, name, loss }: ValidationEvent): Promise<void> {
    if (!this.#noteValidation({ step, validationLosses: new Map([[name, loss]]) })) return;
    const { checkpoints } = this.#output;
    const entry = (await checkpoints.list()).find((one) => one.step === step);
    if (entry !== undefined)
      await checkpoints
        .link('LOWEST_VAL', entry)
        .catch((cause: unknown) => Promise.reject(diskError(cause, this.#output.path) as Error));
  }

  /** Whether this step's validation loss is the lowest so far. */
  #noteValidation({
    step,
    validationLosses,
  }: Pick<CheckpointContext, 'step' | 'validationLosses'>): boolean {
    const { best_metric_key: key } = this.#options.parts.get(PARTS.recipe).recipe.checkpoint;
    const loss = validationLosses.get(key);
    if (loss === undefined || (this.#lowest !== null && loss >= this.#lowest.loss)) return false;
    this.#lowest = { step, loss };
    return true;
  }

  async #state({
    step,
    epoch,
    validationsDue,
  }: CheckpointContext): Promise<SavedState & CheckpointTime> {
    const { parts, metrics, session } = this.#options;
    const data = (await parts.get(PARTS.trainingLoader)).state();
    return {
      step,
      epoch,
      nextStep: step + 1,
      data,
      metricsBytes: await metrics.size(),
      lowestValidation: this.#lowest,
      ...(validationsDue.length === 0 ? {} : { validationsDue }),
      identity: await (this.#identity ??= runIdentity(parts)),
      numerics: session.backend.numericsKey,
    };
  }

  async #publish(
    context: CheckpointContext,
    tensors: TrainingTensors,
    state: SavedState,
  ): Promise<CheckpointEntry> {
    const { parts, session } = this.#options;
    const { source } = parts.get(PARTS.recipe);
    const save = await saverOf(parts, session, tensors.parameters);
    return this.#output.checkpoints.publish(context, async (directory) => {
      await save(directory);
      await writeFile(join(directory, 'config.yaml'), source);
      await writeFile(
        join(directory, 'losses.json'),
        `${JSON.stringify({ train_loss: context.trainLoss, val_loss: Object.fromEntries(context.validationLosses) })}\n`,
      );
      await writeTrainingState(directory, {
        state: { ...state },
        optimizer: tensors.optimizer,
        masterWeights: tensors.masterWeights,
      });
    });
  }

  /** Links to the checkpoint, and removes those that are too many. */
  async #tidy(entry: CheckpointEntry, isLowest: boolean): Promise<void> {
    const { checkpoints } = this.#output;
    const { max_recent_checkpoints: keep } = this.#options.parts.get(PARTS.recipe).recipe
      .checkpoint;
    try {
      await checkpoints.link('LATEST', entry);
      if (isLowest) await checkpoints.link('LOWEST_VAL', entry);
      if (keep !== null) await checkpoints.retain(keep);
    } catch (cause) {
      throw diskError(cause, this.#output.path);
    }
  }
}

function bytesOfTensors({ parameters, optimizer }: TrainingTensors): number {
  return [...parameters, ...optimizer].reduce(
    (sum, { shape, storageType }) =>
      sum + sizeOf(shape) * bytesOf(storageType === 'F32' ? 'f32' : 'bf16'),
    0,
  );
}
