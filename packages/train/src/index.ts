export type { Optimizer, UpdateScalars } from './optimizers/optimizer.js';
export { adam } from './optimizers/adam.js';
export { adamw, type AdamWOptions } from './optimizers/adamw.js';
export { sgd, type SgdOptions } from './optimizers/sgd.js';
export type { LossFunction, LossInputs } from './step/custom-loss.js';
export { microProgram, type MicroProgram } from './step/micro-program.js';
export { updateProgram, type TrainedParameter } from './step/update-program.js';
export { stepProgram, type StepProgram, type StepProgramOptions } from './step/step-program.js';
export type { MicroOptions, TrainingOptions, UpdateResult } from './step/training-options.js';
export { TrainingStep } from './step/training-step.js';
export { verifyReference, type VerifyOptions } from './verify/verify-reference.js';
export type {
  CheckStatus,
  TensorCheck,
  VerificationReport,
  Verdict,
} from './verify/verification-report.js';
export {
  constantSchedule,
  optimizerParamSchedule,
  scheduleLengths,
  type DecayStyle,
  type Rates,
  type Schedule,
  type ScheduleOptions,
  type WsdDecayStyle,
} from './schedules/schedule.js';
export {
  EarlyStopping,
  type EarlyStoppingOptions,
  type EarlyStoppingState,
} from './loop/early-stopping.js';
export {
  rangeTest,
  suggestedRate,
  type RangeTestOptions,
  type RangeTestPoint,
} from './loop/range-test.js';
export { Stop } from './loop/stop.js';
export { StepScheduler, type StepSchedulerOptions } from './loop/step-scheduler.js';
export type { PendingCheckpoint } from './loop/background-save.js';
export { train } from './loop/train.js';
export type { CheckpointContext, TrainOptions } from './loop/train-options.js';
export { optimizerStates } from './resume/optimizer-states.js';
export {
  restoreParameters,
  restoreTraining,
  type CheckpointTensors,
} from './resume/restore-training.js';
export { takeSnapshot, type Restore } from './resume/snapshot.js';
export { copiedTensors, trainingTensors, type TrainingTensors } from './resume/training-tensors.js';
export type {
  CheckpointFailedEvent,
  CheckpointSavedEvent,
  DoneEvent,
  EarlyStoppingEvent,
  PlanEvent,
  StepEvent,
  TrainEvent,
  ValidationEvent,
} from './events/train-events.js';
export { validationData, type TrainingData, type ValidationData } from './loop/training-data.js';
export { validate, type ValidationResult } from './loop/validate.js';
export { MetricsFile, recordOf } from './metrics/metrics-file.js';
export {
  reportPlans,
  type PlannedMemory,
  type PlannedProgramCost,
  type PlanReport,
  type ReportContext,
} from './estimate/plan-report.js';
export { perStep, trafficPerStep } from './estimate/step-runs.js';
export { planRun, type PlannedRun, type PlanRunOptions } from './estimate/plan-run.js';
export {
  benchTraining,
  type BenchLine,
  type BenchOptions,
  type BenchResult,
} from './bench/bench-training.js';
export { arenaBudget, type ArenaBudgetOptions } from './estimate/arena-budget.js';
