// The events of the training loop, as data. Steps and epochs count from 0.
import type { PlanReport } from '../estimate/plan-report.js';

/** Before the first step: what the run will take. */
export interface PlanEvent {
  readonly type: 'plan';
  readonly report: PlanReport;
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  /** How many processes take what the report says, each. */
  readonly processes: number;
}

/** A step that is done. */
export interface StepEvent {
  readonly type: 'step';
  readonly step: number;
  readonly epoch: number;
  readonly totalSteps: number;
  /** Mean over the trained tokens of the global batch, before the update. */
  readonly loss: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  /** That of the next step, as NeMo logs it. */
  readonly learningRate: number;
  /**
   * Peak resident memory of the process since the last step, without what it maps of other
   * processes' memory, GiB.
   */
  readonly memoryGib: number;
  readonly tokensPerSecond: number;
  readonly tokens: number;
  readonly trainedTokens: number;
  /** Wall time of the step. */
  readonly seconds: number;
  /** The part of `seconds` in which the step waited for its data. */
  readonly dataWaitSeconds: number;
}

/** A validation set that was evaluated. */
export interface ValidationEvent {
  readonly type: 'validation';
  /** Name of the set. */
  readonly name: string;
  readonly step: number;
  readonly epoch: number;
  /** Mean over all trained tokens of the set. */
  readonly loss: number;
  readonly learningRate: number;
  readonly trainedTokens: number;
  readonly memoryGib: number;
}

/** Training ends before its last step, because the validation loss no longer falls. */
export interface EarlyStoppingEvent {
  readonly type: 'early-stopping';
  /** The last step. */
  readonly step: number;
  readonly epoch: number;
  /** The validation set that decided. */
  readonly name: string;
  /** Validations in a row without an improvement. */
  readonly waited: number;
  /** The lowest loss, and its step. */
  readonly bestStep: number;
  readonly bestLoss: number;
  /** Steps of the schedule that are not run. */
  readonly stepsLeft: number;
}

/** A checkpoint that is on disk. */
export interface CheckpointSavedEvent {
  readonly type: 'checkpoint-saved';
  readonly step: number;
  readonly epoch: number;
  readonly path: string;
  /** How long training waited for it: while it was started, and before states changed again. */
  readonly waitSeconds: number;
  /** The checkpoint is complete, but its links or the removal of older ones failed. */
  readonly problem?: Error | undefined;
}

/**
 * A checkpoint that could not be written; training goes on, and older checkpoints are unchanged.
 */
export interface CheckpointFailedEvent {
  readonly type: 'checkpoint-failed';
  readonly step: number;
  readonly epoch: number;
  readonly error: Error;
}

/** The last event of the loop. */
export interface DoneEvent {
  readonly type: 'done';
  readonly reason: 'finished' | 'aborted';
  /** Steps that were run, not counting those before a resume. */
  readonly steps: number;
  readonly seconds: number;
  /** The part of `seconds` in which training waited for checkpoints. */
  readonly saveWaitSeconds: number;
  /** The part of `seconds` in which steps waited for data. */
  readonly dataWaitSeconds: number;
  readonly loss: number | undefined;
  /**
   * Highest memory of a process until now, without what it maps of others' memory; undefined where
   * nothing was trained.
   */
  readonly peakBytes?: number | undefined;
}

/** Every event of the training loop. */
export type TrainEvent =
  | PlanEvent
  | StepEvent
  | ValidationEvent
  | EarlyStoppingEvent
  | CheckpointSavedEvent
  | CheckpointFailedEvent
  | DoneEvent;
