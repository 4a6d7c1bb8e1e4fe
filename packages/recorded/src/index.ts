// Graphs as files.
export type {
  RecordedAttribute,
  RecordedGraph,
  RecordedNode,
  RecordedOperand,
} from './graph/recorded-graph.js';
export { parseRecordedGraph } from './graph/parse-recorded-graph.js';
// Graphs as models.
export { importGraph, type ImportOptions } from './model/import-graph.js';
export { GRAPH_FILE, recordedModel, type RecordedModelOptions } from './model/recorded-model.js';
export { openRecordedModel } from './model/open-recorded-model.js';
// Structural fusion of recorded forward graphs.
export { fuseStructure, type StructureOptions } from './structure/fuse-structure.js';
// PyTorch's operations as the graph's own ops, and checks of them.
export { applyRecordedOp } from './ops/apply-recorded-op.js';
export type { RecordedOp } from './ops/recorded-call.js';
export { OP_CASE_TOLERANCES, type OpCase, type OpCaseOperand } from './op-cases/op-case.js';
export { readOpCases } from './op-cases/read-op-cases.js';
export { runOnBackend, type RunGraph } from './op-cases/run-on-backend.js';
export { runPlan, type PlanRun, type RunPlanOptions } from './op-cases/run-plan.js';
export {
  checkOpCase,
  verifyOps,
  type OpCaseCheck,
  type OpErrors,
  type OpsReport,
  type VerifyOpsOptions,
} from './op-cases/verify-ops.js';
