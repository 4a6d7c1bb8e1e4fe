export type { Optimizer, UpdateScalars } from './optimizers/optimizer.js';
export { adam } from './optimizers/adam.js';
export { adamw, type AdamWOptions } from './optimizers/adamw.js';
export { sgd, type SgdOptions } from './optimizers/sgd.js';
export { BATCH, type Capacity } from './programs/batch-inputs.js';
export type { LossFunction, LossInputs } from './programs/custom-loss.js';
export { evaluateProgram, logitsProgram } from './programs/evaluate-program.js';
export {
  forwardGraph,
  type ComputeDType,
  type ForwardGraph,
  type ProgramSettings,
} from './programs/forward.js';
export {
  gradientState,
  LOSS_STATE,
  microProgram,
  type MicroProgram,
} from './programs/micro-program.js';
export { updateProgram, type TrainedParameter } from './programs/update-program.js';
export { quantizedBase } from './quantization/quantized-base.js';
export {
  compileProgram,
  planProgram,
  type CompileOptions,
  type PlannedProgram,
} from './session/compile-program.js';
export { batchLogits, batchLossSum, tokenLosses } from './session/evaluate-batch.js';
export { linearModules } from './session/linear-modules.js';
export { mergedSources } from './session/merge-adapter.js';
export {
  ModelSession,
  parameterRecords,
  type SessionAdapter,
  type SessionOptions,
} from './session/model-session.js';
export { capacityOf, type PackedBatch } from './session/packed-batch.js';
export {
  matchWeights,
  type MatchedWeights,
  type StoredTensors,
} from './session/parameter-source.js';
export type { ParameterSet, SessionParameter } from './session/parameter-set.js';
export type { Precision } from './session/precision.js';
export type { Program } from './session/program.js';
export {
  TrainingStep,
  type MicroOptions,
  type TrainingOptions,
  type UpdateResult,
} from './session/training-step.js';
export { decodeProgram } from './generation/decode-program.js';
export { generate, type GenerateOptions } from './generation/generate.js';
export { verifyReference, type VerifyOptions } from './verification/verify-reference.js';
export type {
  CheckStatus,
  TensorCheck,
  VerificationReport,
  Verdict,
} from './verification/verification-report.js';
export {
  constantSchedule,
  optimizerParamSchedule,
  type DecayStyle,
  type Rates,
  type Schedule,
  type ScheduleOptions,
  type WsdDecayStyle,
} from './schedules/schedule.js';
export { StepScheduler, type StepSchedulerOptions } from './loop/step-scheduler.js';
export type { PendingCheckpoint } from './loop/background-save.js';
export { train, type CheckpointContext, type TrainOptions } from './loop/train.js';
export { optimizerStates, type OptimizerState } from './checkpoint/optimizer-states.js';
export { restoreTraining, type CheckpointTensors } from './checkpoint/restore-training.js';
export {
  copiedTensors,
  trainingTensors,
  type TrainingTensors,
} from './checkpoint/training-tensors.js';
export type {
  CheckpointFailedEvent,
  CheckpointSavedEvent,
  DoneEvent,
  PlanEvent,
  StepEvent,
  TrainEvent,
  ValidationEvent,
} from './loop/train-events.js';
export { validationData, type TrainingData, type ValidationData } from './loop/training-data.js';
export { validate, type ValidationResult } from './loop/validate.js';
export { MetricsFile, recordOf } from './metrics/metrics-file.js';
export {
  reportPlans,
  type PlannedMemory,
  type PlannedProgramCost,
  type PlanReport,
  type ReportContext,
} from './report/plan-report.js';
export { planRun, type PlannedRun, type PlanRunOptions } from './report/plan-run.js';
export {
  benchTraining,
  type BenchLine,
  type BenchOptions,
  type BenchResult,
} from './bench/bench-training.js';
export { arenaBudget, type ArenaBudgetOptions } from './report/arena-budget.js';
