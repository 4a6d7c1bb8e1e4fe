// What the training loop is given, and what it gives whoever saves for it.
import type { MetricsFile } from '../metrics/metrics-file.js';
import type { Schedule } from '../schedules/schedule.js';
import type { ModelSession } from '@automodel/session';
import type { TrainingOptions, TrainingStep } from '../step/training-step.js';
import type { PendingCheckpoint } from './background-save.js';
import type { StepScheduler } from './step-scheduler.js';
import type { TrainingData, ValidationData } from './training-data.js';

/** Where a run stands when it is saved. */
export interface CheckpointContext {
  readonly step: number;
  readonly epoch: number;
  /** Nothing is run after this save: the last step, or the one in which the run was stopped. */
  readonly last: boolean;
  /** The last step of the whole run: what is saved is its result, stopped or not. */
  readonly result: boolean;
  readonly trainLoss: number;
  /** What the checkpoint is made of. */
  readonly training: TrainingStep;
  /** By set, of this step. */
  readonly validationLosses: ReadonlyMap<string, number>;
  /** Sets whose validation belongs to this step and was left, because the run is being stopped. */
  readonly validationsDue: readonly string[];
}

/** Validations that a stop left out: those of the step before the first. */
export interface DueValidations {
  readonly step: number;
  readonly epoch: number;
  readonly names: readonly string[];
}

export interface TrainOptions extends TrainingOptions {
  readonly session: ModelSession;
  readonly data: TrainingData;
  readonly scheduler: StepScheduler;
  readonly schedule: Schedule;
  /** By name. */
  readonly validation?: ReadonlyMap<string, ValidationData> | undefined;
  readonly metrics?: MetricsFile | undefined;
  /**
   * Starts to save; undefined: nothing is saved. A save that fails ends the run only when it is the
   * last.
   */
  readonly saveCheckpoint?:
    ((context: CheckpointContext) => Promise<PendingCheckpoint | undefined>) | undefined;
  /** The first step, from 0: of a run that is resumed. `data` stands where that step begins. */
  readonly firstStep?: number | undefined;
  /** They come before the first step. */
  readonly due?: DueValidations | undefined;
  /** Puts the session back to where that step begins; called before it. */
  readonly restore?: ((training: TrainingStep) => Promise<void>) | undefined;
  /** Of dropout. Default 0. */
  readonly seed?: number | undefined;
  /**
   * Ends the run after the step in progress; it is saved, its validation is left for when the run
   * goes on.
   */
  readonly signal?: AbortSignal | undefined;
}
