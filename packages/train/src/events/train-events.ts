// What a run tells its listener, as data. Steps and epochs count from 0.
import type { PlanReport } from '../estimate/plan-report.js';

export interface PlanEvent {
  readonly type: 'plan';
  readonly report: PlanReport;
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
}

export interface StepEvent {
  readonly type: 'step';
  readonly step: number;
  readonly epoch: number;
  readonly totalSteps: number;
  /** Mean over the trained tokens of the global batch, before the update. */
  readonly loss: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  /** Of the next step, as NeMo logs it. */
  readonly learningRate: number;
  /** Peak resident memory of the process since the last step, GiB. */
  readonly memoryGib: number;
  readonly tokensPerSecond: number;
  readonly tokens: number;
  readonly trainedTokens: number;
  /** Wall time of the step. */
  readonly seconds: number;
  /** Of it, how long the step waited for its data. */
  readonly dataWaitSeconds: number;
}

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

export interface CheckpointSavedEvent {
  readonly type: 'checkpoint-saved';
  readonly step: number;
  readonly epoch: number;
  readonly path: string;
  /** How long training stood still for it: while it was started and before states changed again. */
  readonly waitSeconds: number;
  /** The checkpoint is whole; its links, or the removal of older ones, failed. */
  readonly problem?: Error | undefined;
}

/** A checkpoint that could not be written; training goes on, older checkpoints are as they were. */
export interface CheckpointFailedEvent {
  readonly type: 'checkpoint-failed';
  readonly step: number;
  readonly epoch: number;
  readonly error: Error;
}

export interface DoneEvent {
  readonly type: 'done';
  readonly reason: 'finished' | 'aborted';
  /** Steps that were run, those before a resume not counted. */
  readonly steps: number;
  readonly seconds: number;
  /** Of them, how long training stood still for checkpoints. */
  readonly saveWaitSeconds: number;
  /** Of them, how long steps waited for data. */
  readonly dataWaitSeconds: number;
  readonly loss: number | undefined;
}

export type TrainEvent =
  | PlanEvent
  | StepEvent
  | ValidationEvent
  | CheckpointSavedEvent
  | CheckpointFailedEvent
  | DoneEvent;
