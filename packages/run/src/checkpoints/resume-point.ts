// The checkpoint that a run resumes from: where it is, what it says about the run that saved it,
// and its tensors.
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  HuggingFaceFolder,
  openAdapterFolder,
  openTrainingState,
  parseCheckpointName,
  type CheckpointEntry,
  type StoredTensor,
  type StoredTrainingState,
} from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import type { BatchLoaderState, StreamingState } from '@automodel/data';
import type { CheckpointTensors, EarlyStoppingState } from '@automodel/train';
import type { ModelSession, SessionAdapter } from '@automodel/session';
import type { FinishedRun, OutputFolder } from '../folder/output-folder.js';

/** A checkpoint to resume from. */
export interface ResumePoint {
  /** The checkpoint's folder. */
  readonly path: string;
  /** Whether it is in the run's own folder, where metrics and links are continued. */
  readonly ownFolder: boolean;
  readonly state: SavedState;
  readonly stored: StoredTrainingState;
  /** The result that the run's own folder holds already. */
  readonly finished: FinishedRun | undefined;
}

const finishedError = (
  location: string,
  { config, steps }: FinishedRun,
  why: string,
): AutomodelError =>
  new AutomodelError('conflict', `the run is finished: its result is here (${config}), ${why}`, {
    location,
    hint:
      steps === undefined
        ? 'start a new run from the result to train further'
        : 'raise step_scheduler.num_epochs or max_steps where checkpoints were kept ' +
          '(ckpt_every_steps), or start a new run from the result to train further',
  });

/** The run's own part of state.json. */
export interface SavedState {
  readonly epoch: number;
  readonly nextStep: number;
  readonly data: BatchLoaderState | StreamingState;
  readonly metricsBytes: number;
  readonly lowestValidation: { readonly step: number; readonly loss: number } | null;
  readonly earlyStopping?: EarlyStoppingState | undefined;
  /** What lr_find found. */
  readonly foundLearningRate?: number | undefined;
  /** Sets to validate before the first step, because a stop prevented it. */
  readonly validationsDue?: readonly string[] | undefined;
  readonly identity: Readonly<Record<string, unknown>>;
  readonly numerics: string;
}

const WORDS: Readonly<Record<string, 'latest' | 'best'>> = {
  latest: 'latest',
  best: 'best',
  LATEST: 'latest',
  LOWEST_VAL: 'best',
};

/**
 * The point that `restoreFrom` names: latest, best, the name of a checkpoint in the run's folder,
 * or any checkpoint folder; `all` are those in the run's folder. Errors: `conflict` for a folder
 * that holds a result without checkpoints, or checkpoints later than the one asked for;
 * `missing-file`; those of `openTrainingState`.
 */
export async function findResumePoint(
  output: OutputFolder,
  restoreFrom: string,
  all: readonly CheckpointEntry[],
  workingDirectory: string,
): Promise<ResumePoint> {
  const finished = await output.finished();
  if (finished !== undefined && all.length === 0)
    throw finishedError(output.path, finished, 'it kept no checkpoint with the optimizer states');
  const { path, own } = await locate(output, restoreFrom, all, workingDirectory);
  const stored = await openTrainingState(path);
  const state = stored.state as unknown as SavedState;
  if (!Number.isSafeInteger(state.nextStep) || typeof state.identity !== 'object')
    throw new AutomodelError('bad-file', 'the state of the run is incomplete', {
      location: `${stored.path}/state.json`,
    });
  const later = own ? all.filter(({ step }) => step >= state.nextStep) : all;
  if (later.length > 0)
    throw new AutomodelError(
      'conflict',
      own
        ? 'the run folder holds checkpoints after the one to resume ' +
            `(${later.map(({ name }) => name).join(', ')})`
        : 'the run folder holds checkpoints of another run',
      {
        location: output.path,
        hint: 'resume latest, or resume into another folder with --checkpoint.checkpoint_dir',
      },
    );
  if (!own) await output.checkEmpty();
  return { path, ownFolder: own, state, stored, finished };
}

async function locate(
  output: OutputFolder,
  restoreFrom: string,
  all: readonly CheckpointEntry[],
  workingDirectory: string,
): Promise<{ readonly path: string; readonly own: boolean }> {
  const word = WORDS[restoreFrom];
  if (word !== undefined) {
    const linked = await output.checkpoints.linked(word === 'latest' ? 'LATEST' : 'LOWEST_VAL');
    const found = word === 'latest' ? (all.at(-1) ?? linked) : linked;
    if (found === undefined)
      throw new AutomodelError(
        'missing-file',
        all.length === 0
          ? 'holds no checkpoint to resume from'
          : 'no checkpoint was saved after a validation',
        {
          location: output.path,
          hint:
            all.length === 0
              ? 'nothing was saved: start the run without --resume; the folder may stay as it is'
              : `name one: ${all.map(({ name }) => name).join(', ')}`,
        },
      );
    return { path: found.path, own: true };
  }
  const named =
    parseCheckpointName(restoreFrom) === undefined
      ? undefined
      : all.find(({ name }) => name === restoreFrom);
  const path = named?.path ?? resolve(workingDirectory, restoreFrom);
  if ((await stat(path).catch(() => undefined)) === undefined)
    throw new AutomodelError('missing-file', 'no such checkpoint', {
      location: path,
      hint:
        all.length === 0
          ? 'name a checkpoint folder'
          : `in the run's folder: ${all.map(({ name }) => name).join(', ')}`,
    });
  return { path, own: all.some((entry) => entry.path === path) };
}

/** Whether the run's folder holds the result of as many steps as the recipe has. */
export const isFinished = ({ finished }: ResumePoint, totalSteps: number): boolean =>
  finished !== undefined &&
  (finished.endedEarly || finished.steps === undefined || totalSteps <= finished.steps);

/** Errors: `conflict` for a checkpoint, or a result, after which the recipe has no step. */
export function checkStepsLeft(point: ResumePoint, totalSteps: number, folder: string): void {
  const { path, state, finished } = point;
  const { nextStep } = state;
  if (finished !== undefined && isFinished(point, totalSteps))
    throw finishedError(
      folder,
      finished,
      finished.endedEarly
        ? `ended early after ${finished.steps ?? 'some'} steps, as early_stopping says`
        : `after ${finished.steps ?? 'all its'} steps, and the recipe ends after ${totalSteps}`,
    );
  if (nextStep >= totalSteps)
    throw new AutomodelError(
      'conflict',
      `the checkpoint was saved after ${nextStep} steps, and the recipe ends after ` +
        `${totalSteps}: nothing is left to train`,
      {
        location: path,
        hint:
          'raise step_scheduler.num_epochs or max_steps, or use the checkpoint as it is: it is ' +
          'a complete folder',
      },
    );
}

/** Where tensors are, and those that the model's or adapter's own files do not hold. */
interface StoredPoint {
  readonly path: string;
  readonly stored: Pick<StoredTrainingState, 'masterWeights' | 'optimizer'>;
}

/** The tensors of a checkpoint, or of a result, by their names in the session. */
export async function checkpointTensors(
  { path, stored }: StoredPoint,
  session: ModelSession,
  own: SessionAdapter | undefined,
): Promise<CheckpointTensors> {
  const { masterWeights, optimizer } = stored;
  if (own === undefined)
    return {
      path,
      parameters: (await HuggingFaceFolder.open(path)).weights.tensors,
      masterWeights,
      optimizer,
    };
  const { tensors } = await openAdapterFolder(path);
  const named = session.parameters.all.flatMap(({ name }): [string, StoredTensor][] => {
    const tensor = own.adapter.owns(name) ? tensors.get(own.adapter.storedName(name)) : undefined;
    return tensor === undefined ? [] : [[name, tensor]];
  });
  return { path, parameters: new Map(named), masterWeights, optimizer };
}
