// The options of the training loop, and the context it passes to the function that saves.
import type { MetricsFile } from '../metrics/metrics-file.js';
import type { Schedule } from '../schedules/schedule.js';
import type { ModelSession } from '@automodel/session';
import type { TrainingOptions } from '../step/training-options.js';
import type { TrainingStep } from '../step/training-step.js';
import type { PendingCheckpoint } from './background-save.js';
import type { EarlyStopping, EarlyStoppingState } from './early-stopping.js';
import type { StepScheduler } from './step-scheduler.js';
import type { Stop } from './stop.js';
import type { TrainingData, ValidationData } from './training-data.js';

/** The state of a run when it is saved. */
export interface CheckpointContext {
  readonly step: number;
  readonly epoch: number;
  /** No step follows this save: it is the last one, or the run was stopped in it. */
  readonly last: boolean;
  /** This is the last step of the whole run: its result is saved, stopped or not. */
  readonly result: boolean;
  /** Of the latest step; undefined: a resumed run was stopped before it made any. */
  readonly trainLoss: number | undefined;
  /** The tensors of the checkpoint come from here. */
  readonly training: TrainingStep;
  /** Losses of this step's validations, by set. */
  readonly validationLosses: ReadonlyMap<string, number>;
  /** Sets that this step should validate and did not, because the run is being stopped. */
  readonly validationsDue: readonly string[];
  /** Undefined: training does not end early. */
  readonly earlyStopping: EarlyStoppingState | undefined;
}

/** Validations that a stop left out, of the step before the first one. */
export interface DueValidations {
  readonly step: number;
  readonly epoch: number;
  readonly names: readonly string[];
}

/** What the loop trains, on which data, and how it is saved. */
export interface TrainOptions extends TrainingOptions {
  readonly session: ModelSession;
  readonly data: TrainingData;
  readonly scheduler: StepScheduler;
  readonly schedule: Schedule;
  /** Validation sets by name. */
  readonly validation?: ReadonlyMap<string, ValidationData> | undefined;
  /** Called when something begins that takes a while: `validating`. */
  readonly onPhase?: ((text: string) => void) | undefined;
  /** Ends training early; undefined: it runs to its last step. */
  readonly earlyStopping?: EarlyStopping | undefined;
  readonly metrics?: MetricsFile | undefined;
  /**
   * Starts a save; undefined: nothing is saved. A failed save ends the run only if it is the last.
   */
  readonly saveCheckpoint?:
    ((context: CheckpointContext) => Promise<PendingCheckpoint | undefined>) | undefined;
  /** The first step of a resumed run, counted from 0. `data` must be where that step begins. */
  readonly firstStep?: number | undefined;
  /** Validations to run before the first step. */
  readonly due?: DueValidations | undefined;
  /** Restores the session to where that step begins; called before it. */
  readonly restore?: ((training: TrainingStep) => Promise<void>) | undefined;
  /** Seed of dropout. Default 0. */
  readonly seed?: number | undefined;
  /**
   * Ends the run after the step in progress; the step is saved, and its validation is left for when
   * the run is resumed.
   */
  readonly stop?: Stop | undefined;
}
