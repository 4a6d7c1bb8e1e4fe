// The public names of the package: what is listed here is kept stable, everything else is internal.
// Methods of Tensor are attached by importing ops/methods.js.
import './ops/methods.js';

// Errors of the whole project.
export { type ErrorCode, AutomodelError, type ErrorDetails } from './error.js';
export { globMatcher } from './glob-matcher.js';
export { shellWord } from './shell-word.js';
export { canonicalSplit, splitNamed } from './split-names.js';
export { textPosition } from './text-position.js';

// Tensors: handles of a trace, their dtypes and shapes, and data on the host.
export {
  parseDType,
  type DType,
  type DTypeCategory,
  bytesOf,
  categoryOf,
  isFloat,
} from './tensor/dtype.js';
export {
  sizeOf,
  sizeAt,
  contiguousStrides,
  normalizeAxis,
  type Shape,
  sameShape,
  formatShape,
} from './tensor/shape.js';
export {
  allocateHostData,
  hostTensor,
  roundHostTensor,
  type HostData,
  type HostTensor,
  numbersOf,
} from './tensor/host-tensor.js';
export { denseArrayOf, type DenseArray, type DenseArrayClass } from './tensor/dense-array.js';
export { Tensor } from './tensor/tensor.js';

// Graphs: values and nodes, how they are recorded, rebuilt, printed and verified.
export {
  operandOf,
  operandsOf,
  usersOf,
  type TensorType,
  type InputKind,
  type Phase,
  type Stream,
  type AttributeValue,
  type Attributes,
  type Value,
  type GraphInput,
  type Node,
  type Assign,
  type GraphOutput,
  type Graph,
  resultsOf,
} from './graph/graph.js';
export { trace, currentTrace, Trace, type Synchronous } from './graph/trace.js';
export { rebuild, type Visit, type Rebuilt } from './graph/rebuild.js';
export { formatAttributes, printNode, printGraph } from './graph/print-graph.js';
export { verifyGraph } from './graph/verify-graph.js';

// How an op is defined, and every built-in op by name.
export { nameAt } from './ops/support/name-list.js';
export type { Cost } from './ops/support/cost.js';
export type { NoAttributes, Operand } from './ops/support/operand.js';
export { sumTo } from './ops/support/sum-to.js';
export {
  defineOp,
  type CastRule,
  type SampleOperand,
  type OpSample,
  type OpDefinition,
  type NamedOpDefinition,
  type GradientContext,
} from './ops/support/define-op.js';
export type { NamedGradientContext } from './ops/support/named-gradient.js';
export { type OpName, builtinOps } from './ops/registry.js';
export type { TensorMethods } from './ops/methods.js';

// Ops: the functions that model code is written with, and their definitions.
export * from './ops/vocabulary.js';
export { collectiveOps, type CollectiveName } from './ops/collective/collective-ops.js';
export type { CollectiveAttributes } from './ops/collective/collective-op.js';
export { allGather, allGatherOp, type AllGatherAttributes } from './ops/collective/all-gather.js';
export { allReduce, allReduceOp } from './ops/collective/all-reduce.js';
export { broadcast, broadcastOp, type BroadcastAttributes } from './ops/collective/broadcast.js';
export { reduceScatter, reduceScatterOp } from './ops/collective/reduce-scatter.js';

// Differentiation.
export { gradients } from './autodiff/gradients.js';

// Passes: rewrites of a graph, and the list that a backend is given.
export type { Rewrite, Pass, Numerics } from './passes/pass.js';
export {
  passesFor,
  runPasses,
  compileGraph,
  type PassEvent,
  FUSION_PASSES,
  diffGraphs,
  type PipelineOptions,
  type PassSlots,
} from './passes/pipeline.js';
export { inferSpreads, verifySpreads } from './passes/infer-spreads.js';
export {
  cut,
  formatSpread,
  partial,
  replicated,
  type Spread,
  type SpreadContext,
  type SpreadRule,
} from './ops/support/spread.js';
export { castPolicy } from './passes/cast-policy.js';

// What passes of other packages are built from: passes and element access.
export { eliminateDead } from './passes/eliminate-dead.js';
export { foldConstantsUpTo } from './passes/fold-constants.js';
export { shareCommon } from './passes/share-common.js';
export { simplify } from './passes/simplify.js';
export { copyElement } from './ops/support/elements.js';

// Plans: what a backend runs.
export type { PlanBuffer, TensorRef, PlanStep, Plan, BufferKind } from './plan/plan.js';
export type { KernelRequest, KernelSupport, KernelTable } from './plan/kernel-table.js';
export { planGraph, type PlanTarget } from './plan/plan-graph.js';
export { verifyPlan } from './plan/verify-plan.js';
export { overwritesOf, type OverwriteTable } from './plan/overwrite-table.js';
export { printPlan } from './plan/print-plan.js';
export { diffPlans } from './plan/diff-plans.js';
export { planFromJson, planToJson } from './plan/plan-json.js';
export { encodeHostData, decodeHostData } from './plan/host-bytes.js';
export { planCost, type DeviceSpeed, type PlanCost } from './plan/plan-cost.js';
export { isCollective, type LinkSpeed } from './plan/link-seconds.js';
export { collectiveTraffic, type CollectiveTraffic } from './plan/collective-traffic.js';
export { memoryReport, type MemoryReport } from './plan/memory-report.js';

// Plain runs of graphs and plans, which fast code is compared with.
export {
  interpretPlan,
  interpretPlanOnRank,
  type Communicate,
  type OpLookup,
} from './reference/run-plan.js';
export {
  runReference,
  evaluateNode,
  type ReferenceMode,
  type ReferenceResult,
} from './reference/run-graph.js';
export {
  collectiveResults,
  ranksAlong,
  runReferenceRanks,
  type RankAxis,
} from './reference/run-ranks.js';

// What plan steps mean, for backends.
export { MAX_JOINED } from './ops/linear/joined-products.js';
export { DYNAMIC_MAP, NF4_VALUES } from './ops/quantization/code-values.js';
export { offsetOfMaxima, quantizeMaxima, sumsOfMaxima } from './ops/quantization/quantize.js';
export {
  BLOCK as QUANTIZED_BLOCK,
  NESTED_BLOCK as NESTED_QUANTIZED_BLOCK,
} from './ops/quantization/quantized-parts.js';
export { layerScopeOf, recomputeCheap, recomputeLayers } from './passes/recompute.js';
export type { ActivationCheckpointing } from './passes/recompute-pass.js';
export { readElement, writeElement } from './plan/host-bytes.js';
export { type OperandViews, acceptsView } from './plan/operand-views.js';
export {
  clampBounds,
  dimensionAttribute,
  dimensionsAttribute,
  flagAttribute,
  numberAttribute,
  numbersAttribute,
  padMargins,
  progressionOf,
  reducedDimensions,
} from './plan/step-attributes.js';
export {
  embeddingGradientOperands,
  joinedOperands,
  lossOperands,
  lossResults,
  productOperands,
  rowsOperand,
  type JoinedAlong,
} from './plan/step-operands.js';
export {
  type ChainCall,
  type ChainValue,
  type TypedChain,
  type TypedReduction,
  typedChain,
  typedReduction,
} from './plan/typed-chain.js';
