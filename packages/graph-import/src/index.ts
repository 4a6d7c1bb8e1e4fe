export type {
  RecordedAttribute,
  RecordedGraph,
  RecordedNode,
  RecordedOperand,
} from './recorded-graph.js';
export { importGraph, type ImportOptions } from './import-graph.js';
export { parseRecordedGraph } from './parse-recorded-graph.js';
export { recordedModel, type RecordedModelOptions } from './recorded-model.js';
export { openRecordedModel } from './open-recorded-model.js';
export { OP_CASE_TOLERANCES, type OpCase, type OpCaseOperand } from './op-cases/op-case.js';
export { readOpCases } from './op-cases/read-op-cases.js';
export { runOnBackend, type RunGraph } from './op-cases/run-on-backend.js';
export {
  checkOpCase,
  verifyOps,
  type OpCaseCheck,
  type OpErrors,
  type OpsReport,
  type VerifyOpsOptions,
} from './op-cases/verify-ops.js';
