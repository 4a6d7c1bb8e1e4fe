// A model in a backend's memory.
export { ModelSession } from './session/model-session.js';
export { interceptorsOf, type SessionOptions } from './session/session-options.js';
export { parameterRecords } from './session/parameter-records.js';
export { singleProcess } from './parallelism/single-process.js';
export { mirroredHost } from './parallelism/mirrored-host.js';
export { adapterBase } from './session/adapter-base.js';
export { notFinite } from './session/not-finite.js';
export { mergedSources } from './session/merge-adapter.js';
export { batchLogits, batchLossSum, tokenLosses } from './session/evaluate-batch.js';
export { trainedParameters, type TrainedOptions } from './session/trained-parameters.js';
export type { SessionAdapter } from './adapter/session-adapter.js';
export { isQuantizedPart, quantizedBase } from './quantization/quantized-base.js';
// Its memory.
export type { ParameterSet, SessionParameter } from './memory/parameter-set.js';
export {
  heldBytes,
  heldParameter,
  heldTensor,
  type HeldParameter,
} from './memory/held-parameter.js';
export { replicaDigests, type ReplicaDigest } from './memory/replica-digests.js';
export { readGathered } from './memory/gathered-tensor.js';
export {
  heldChunks,
  placedSource,
  readPlaced,
  uploadPlaced,
  type PlacedTensor,
} from './memory/placed-tensor.js';
export { matchWeights, type MatchedWeights, type StoredTensors } from './memory/match-weights.js';
export { computeDType, heldDType, masterDType, type Precision } from './memory/precision.js';
// Its batches.
export {
  batchTensors,
  capacityKey,
  columnInput,
  leastCapacity,
  rectangleCapacity,
  SCALARS,
  TARGETS,
} from './batch/batch-inputs.js';
export { checkTokenIds } from './batch/check-token-ids.js';
export { fillColumn } from './batch/fill-column.js';
export { writeBatch } from './batch/write-batch.js';
// Programs over it.
export {
  computingGraph,
  forwardGraph,
  type ComputeDType,
  type ForwardGraph,
  type ProgramSettings,
} from './programs/forward.js';
export { logitsOf, lossOf } from './programs/model-output.js';
export { tracedLoss, type LossOfOutput, type TracedLoss } from './programs/traced-loss.js';
export { evaluateProgram, logitsProgram } from './programs/evaluate-program.js';
export {
  compileProgram,
  planProgram,
  type CompileOptions,
  type PlannedProgram,
} from './programs/compile-program.js';
export type { Program } from './programs/program.js';
