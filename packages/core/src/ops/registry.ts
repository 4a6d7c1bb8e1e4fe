// The registry: every built-in op by its name. Primitive and fused ops are listed in an object
// literal, so that OpName is a type and a backend's table of kernels can be checked for
// completeness; composite ops, which every backend runs as their definition, are found among the
// exports of vocabulary.ts.
import type { OpDefinition } from './support/define-op.js';
import * as ops from './vocabulary.js';

const primitiveAndFusedOps = {
  // activation
  gated_activation: ops.gatedActivationOp,
  gated_activation_backward: ops.gatedActivationBackwardOp,
  // attention
  attention: ops.attentionOp,
  attention_backward: ops.attentionBackwardOp,
  // cache
  write_rows: ops.writeRowsOp,
  // cast
  cast: ops.castOp,
  // compare
  and: ops.andOp,
  eq: ops.eqOp,
  ge: ops.geOp,
  gt: ops.gtOp,
  le: ops.leOp,
  lt: ops.ltOp,
  ne: ops.neOp,
  not: ops.notOp,
  or: ops.orOp,
  xor: ops.xorOp,
  // creation
  arange: ops.arangeOp,
  constant: ops.constantOp,
  full: ops.fullOp,
  // elementwise
  abs: ops.absOp,
  add: ops.addOp,
  atan2: ops.atan2Op,
  ceil: ops.ceilOp,
  cos: ops.cosOp,
  depthwise_conv1d: ops.depthwiseConv1dOp,
  depthwise_conv1d_weight_gradient: ops.depthwiseConv1dWeightGradientOp,
  detach: ops.detachOp,
  div: ops.divOp,
  erf: ops.erfOp,
  exp: ops.expOp,
  exp2: ops.exp2Op,
  expm1: ops.expm1Op,
  floor: ops.floorOp,
  floordiv: ops.floordivOp,
  fused_elementwise: ops.fusedElementwiseOp,
  fused_reduction: ops.fusedReductionOp,
  gelu: ops.geluOp,
  isfinite: ops.isfiniteOp,
  isinf: ops.isinfOp,
  isnan: ops.isnanOp,
  log: ops.logOp,
  log1p: ops.log1pOp,
  log2: ops.log2Op,
  maximum: ops.maximumOp,
  minimum: ops.minimumOp,
  mul: ops.mulOp,
  neg: ops.negOp,
  pow: ops.powOp,
  reciprocal: ops.reciprocalOp,
  relu: ops.reluOp,
  remainder: ops.remainderOp,
  round: ops.roundOp,
  rsqrt: ops.rsqrtOp,
  sigmoid: ops.sigmoidOp,
  sign: ops.signOp,
  silu: ops.siluOp,
  sin: ops.sinOp,
  softplus: ops.softplusOp,
  sqrt: ops.sqrtOp,
  sub: ops.subOp,
  tan: ops.tanOp,
  tanh: ops.tanhOp,
  trunc: ops.truncOp,
  // embedding
  embedding: ops.embeddingOp,
  embedding_backward: ops.embeddingBackwardOp,
  embedding_backward_accumulate: ops.embeddingBackwardAccumulateOp,
  // index
  argsort: ops.argsortOp,
  gather: ops.gatherOp,
  index: ops.indexOp,
  index_add: ops.indexAddOp,
  index_copy: ops.indexCopyOp,
  index_put: ops.indexPutOp,
  masked_scatter: ops.maskedScatterOp,
  scatter: ops.scatterOp,
  scatter_add: ops.scatterAddOp,
  topk_idx: ops.topkIndicesOp,
  // layout
  cat: ops.catOp,
  concatenate: ops.concatenateOp,
  copy: ops.copyOp,
  expand: ops.expandOp,
  flip: ops.flipOp,
  pad: ops.padOp,
  permute: ops.permuteOp,
  reshape: ops.reshapeOp,
  slice: ops.sliceOp,
  slice_scatter: ops.sliceScatterOp,
  tril: ops.trilOp,
  triu: ops.triuOp,
  // linear
  grouped_linear: ops.groupedLinearOp,
  grouped_linear_weight_gradient: ops.groupedLinearWeightGradientOp,
  linear: ops.linearOp,
  linear_accumulate: ops.linearAccumulateOp,
  linear_many: ops.linearManyOp,
  matmul: ops.matmulOp,
  matmul_accumulate: ops.matmulAccumulateOp,
  matmul_accumulate_many: ops.matmulAccumulateManyOp,
  matmul_accumulate_with_sum: ops.matmulAccumulateWithSumOp,
  matmul_sum: ops.matmulSumOp,
  solve_triangular: ops.solveTriangularOp,
  // loss
  cross_entropy: ops.crossEntropyOp,
  linear_cross_entropy: ops.linearCrossEntropyOp,
  linear_cross_entropy_backward: ops.linearCrossEntropyBackwardOp,
  linear_cross_entropy_with_gradient: ops.linearCrossEntropyWithGradientOp,
  linear_cross_entropy_with_gradient_accumulate: ops.linearCrossEntropyWithGradientAccumulateOp,
  // norm
  layer_norm: ops.layerNormOp,
  layer_norm_backward: ops.layerNormBackwardOp,
  rms_norm: ops.rmsNormOp,
  rms_norm_backward: ops.rmsNormBackwardOp,
  // optimizer
  adamw: ops.adamwOp,
  adamw_many: ops.adamwManyOp,
  clip_flag: ops.clipFlagOp,
  gradient_accumulate: ops.gradientAccumulateOp,
  gradient_accumulate_many: ops.gradientAccumulateManyOp,
  sgd: ops.sgdOp,
  sgd_many: ops.sgdManyOp,
  squared_norm: ops.squaredNormOp,
  squared_norm_many: ops.squaredNormManyOp,
  // position
  rope: ops.ropeOp,
  // quantization
  dequantize: ops.dequantizeOp,
  quantize: ops.quantizeOp,
  quantized_linear: ops.quantizedLinearOp,
  // reduce
  all: ops.allOp,
  any: ops.anyOp,
  argmax: ops.argmaxOp,
  argmin: ops.argminOp,
  cumsum: ops.cumsumOp,
  logsumexp: ops.logsumexpOp,
  max: ops.maxOp,
  mean: ops.meanOp,
  min: ops.minOp,
  prod: ops.prodOp,
  sum: ops.sumOp,
  // sampling
  dropout: ops.dropoutOp,
  sample: ops.sampleOp,
  // select
  clamp: ops.clampOp,
  where: ops.whereOp,
  // softmax
  log_softmax: ops.logSoftmaxOp,
  softmax: ops.softmaxOp,
} as const;

/** Names of the built-in ops that a backend's table of kernels answers for. */
export type OpName = keyof typeof primitiveAndFusedOps;

const isComposite = (value: unknown): value is OpDefinition =>
  typeof value === 'object' &&
  value !== null &&
  'decompose' in value &&
  'samples' in value &&
  !('reference' in value) &&
  !('gradient' in value);

const compositeOps: Readonly<Record<string, OpDefinition>> = Object.fromEntries(
  Object.values<unknown>(ops)
    .filter(isComposite)
    .map((op) => [op.name, op]),
);

/** Every built-in op. Its type names those of OpName; composite ops are there too. */
export const builtinOps = { ...compositeOps, ...primitiveAndFusedOps };
