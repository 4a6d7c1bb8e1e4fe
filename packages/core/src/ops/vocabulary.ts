// The op vocabulary: the functions and definitions that users of the package see, op by op. All of
// it is public, and helpers are not in it. registry.ts finds the definitions here, methods.ts makes
// methods of Tensor of the functions.
export type { ConvOptions } from './conv/conv-op.js';
export type { MatmulAttributes } from './linear/matrix-product.js';
export { parseActivation, activate, type Activation } from './activation/activation.js';
export {
  gatedActivation,
  gatedActivationOp,
  gatedActivationBackwardOp,
} from './activation/gated-activation.js';
export { attentionBackwardOp } from './attention/attention-backward.js';
export { attention, attentionOp, type AttentionAttributes } from './attention/attention.js';
export {
  scaledDotProductAttention,
  scaledDotProductAttentionOp,
  type ScaledDotProductAttentionOptions,
} from './attention/scaled-dot-product-attention.js';
export { writeRows, writeRowsOp } from './cache/write-rows.js';
export { cast, castOp } from './cast/cast.js';
export { and, andOp } from './compare/and.js';
export { eq, eqOp } from './compare/eq.js';
export { ge, geOp } from './compare/ge.js';
export { gt, gtOp } from './compare/gt.js';
export { le, leOp } from './compare/le.js';
export { lt, ltOp } from './compare/lt.js';
export { ne, neOp } from './compare/ne.js';
export { not, notOp } from './compare/not.js';
export { or, orOp } from './compare/or.js';
export { xor, xorOp } from './compare/xor.js';
export { avgPool2d, avgPool2dOp } from './conv/avg-pool2d.js';
export { conv1d, conv1dOp } from './conv/conv1d.js';
export { conv2d, conv2dOp } from './conv/conv2d.js';
export { conv3d, conv3dOp } from './conv/conv3d.js';
export { depthwiseConv1dWeightGradientOp } from './conv/depthwise-conv1d-weight-gradient.js';
export {
  depthwiseConv1d,
  depthwiseConv1dOp,
  type DepthwiseConv1dAttributes,
} from './conv/depthwise-conv1d.js';
export {
  INTERPOLATE_MODES,
  interpolate,
  interpolateOp,
  type InterpolateMode,
} from './conv/interpolate.js';
export { arange, arangeOp, type ArangeAttributes } from './creation/arange.js';
export { constant, constantOp } from './creation/constant.js';
export { full, zeros, ones, zerosLike, fullOp } from './creation/full.js';
export { abs, absOp } from './elementwise/abs.js';
export { add, addOp } from './elementwise/add.js';
export { atan2, atan2Op } from './elementwise/atan2.js';
export { ceil, ceilOp } from './elementwise/ceil.js';
export {
  parseChain,
  type ChainArgument,
  type ChainInstruction,
} from './elementwise/chain-program.js';
export { cos, cosOp } from './elementwise/cos.js';
export { detach, detachOp } from './elementwise/detach.js';
export { div, divOp } from './elementwise/div.js';
export { erf, erfOp } from './elementwise/erf.js';
export { exp, expOp } from './elementwise/exp.js';
export { exp2, exp2Op } from './elementwise/exp2.js';
export { expm1, expm1Op } from './elementwise/expm1.js';
export { floor, floorOp } from './elementwise/floor.js';
export { floordiv, floordivOp } from './elementwise/floordiv.js';
export {
  chainDTypes,
  fusedElementwiseOp,
  type FusedElementwiseAttributes,
} from './elementwise/fused-elementwise.js';
export { fusedReductionOp, type FusedReductionAttributes } from './elementwise/fused-reduction.js';
export { gelu, geluOp, type GeluAttributes } from './elementwise/gelu.js';
export { isfinite, isfiniteOp } from './elementwise/isfinite.js';
export { isinf, isinfOp } from './elementwise/isinf.js';
export { isnan, isnanOp } from './elementwise/isnan.js';
export { log, logOp } from './elementwise/log.js';
export { log1p, log1pOp } from './elementwise/log1p.js';
export { log2, log2Op } from './elementwise/log2.js';
export { maximum, maximumOp } from './elementwise/maximum.js';
export { minimum, minimumOp } from './elementwise/minimum.js';
export { mul, mulOp } from './elementwise/mul.js';
export { neg, negOp } from './elementwise/neg.js';
export { pow, powOp } from './elementwise/pow.js';
export { reciprocal, reciprocalOp } from './elementwise/reciprocal.js';
export { relu, reluOp } from './elementwise/relu.js';
export { remainder, remainderOp } from './elementwise/remainder.js';
export { round, roundOp } from './elementwise/round.js';
export { rsqrt, rsqrtOp } from './elementwise/rsqrt.js';
export { sigmoid, sigmoidOp } from './elementwise/sigmoid.js';
export { sign, signOp } from './elementwise/sign.js';
export { silu, siluOp } from './elementwise/silu.js';
export { sin, sinOp } from './elementwise/sin.js';
export { softplus, softplusOp } from './elementwise/softplus.js';
export { sqrt, sqrtOp } from './elementwise/sqrt.js';
export { sub, subOp } from './elementwise/sub.js';
export { tan, tanOp } from './elementwise/tan.js';
export { tanh, tanhOp } from './elementwise/tanh.js';
export { trunc, truncOp } from './elementwise/trunc.js';
export {
  embeddingBackwardOp,
  embeddingBackwardAccumulateOp,
} from './embedding/embedding-backward.js';
export { embedding, embeddingOp } from './embedding/embedding.js';
export { argsort, argsortOp } from './indexing/argsort.js';
export { gather, gatherOp } from './indexing/gather.js';
export { indexAdd, indexAddOp } from './indexing/index-add.js';
export { indexCopy, indexCopyOp } from './indexing/index-copy.js';
export { indexPut, indexPutOp } from './indexing/index-put.js';
export { index, indexOp } from './indexing/index-tensor.js';
export { maskedScatter, maskedScatterOp } from './indexing/masked-scatter.js';
export { scatterAdd, scatterAddOp } from './indexing/scatter-add.js';
export { scatter, scatterOp } from './indexing/scatter.js';
export { topkIndices, topk, topkIndicesOp } from './indexing/topk.js';
export { cat, stack, catOp } from './layout/cat.js';
export { concatenateOp } from './layout/concatenate.js';
export { copy, copyOp } from './layout/copy.js';
export { expand, expandOp } from './layout/expand.js';
export { flip, flipOp } from './layout/flip.js';
export { pad, padOp } from './layout/pad.js';
export { permute, transpose, permuteOp } from './layout/permute.js';
export { reshape, reshapeOp } from './layout/reshape.js';
export { sliceScatter, sliceScatterOp } from './layout/slice-scatter.js';
export { slice, narrow, sliceOp } from './layout/slice.js';
export { tril, trilOp } from './layout/tril.js';
export { triu, triuOp } from './layout/triu.js';
export { unsqueeze, squeeze, flatten } from './layout/unsqueeze.js';
export { einsum, einsumOp, type EinsumAttributes } from './linear/einsum.js';
export { groupedLinearWeightGradientOp } from './linear/grouped-linear-weight-gradient.js';
export {
  groupedLinear,
  groupedLinearOp,
  type GroupedLinearAttributes,
  type GroupedLinearOptions,
} from './linear/grouped-linear.js';
export { linearAccumulateOp } from './linear/linear-accumulate.js';
export { linearManyOp } from './linear/linear-many.js';
export { linear, linearOp, type LinearAttributes } from './linear/linear.js';
export { matmulAccumulateManyOp } from './linear/matmul-accumulate-many.js';
export { matmulAccumulateWithSumOp } from './linear/matmul-accumulate-with-sum.js';
export { matmulSumOp } from './linear/matmul-sum.js';
export { matmul, matmulOp, matmulAccumulateOp, type MatmulOptions } from './linear/matmul.js';
export { solveTriangular, solveTriangularOp } from './linear/solve-triangular.js';
export { crossEntropy, crossEntropyOp, type CrossEntropy } from './loss/cross-entropy.js';
export { linearCrossEntropyBackwardOp } from './loss/linear-cross-entropy-backward.js';
export {
  linearCrossEntropyWithGradientOp,
  linearCrossEntropyWithGradientAccumulateOp,
} from './loss/linear-cross-entropy-with-gradient.js';
export {
  linearCrossEntropy,
  linearCrossEntropyOp,
  type LinearCrossEntropy,
} from './loss/linear-cross-entropy.js';
export { layerNorm, layerNormOp, layerNormBackwardOp } from './norm/layer-norm.js';
export { rmsNorm, rmsNormOp, rmsNormBackwardOp } from './norm/rms-norm.js';
export { adamwManyOp } from './optimizer/adamw-many.js';
export { adamw, adamwOp, type AdamWAttributes, type AdamWScalars } from './optimizer/adamw.js';
export { clipFlag, clipFlagOp, type ClipFlag } from './optimizer/clip-flag.js';
export { gradientAccumulateManyOp } from './optimizer/gradient-accumulate-many.js';
export { gradientAccumulate, gradientAccumulateOp } from './optimizer/gradient-accumulate.js';
export { sgdManyOp } from './optimizer/sgd-many.js';
export { sgd, sgdOp, type SgdAttributes, type SgdScalars } from './optimizer/sgd.js';
export { squaredNormManyOp, squaredNorms } from './optimizer/squared-norm-many.js';
export { squaredNorm, squaredNormOp } from './optimizer/squared-norm.js';
export { rope, ropeOp, type RopeAttributes } from './position/rope.js';
export { dequantize, dequantizeOp, type QuantizedAttributes } from './quantization/dequantize.js';
export { quantize, quantizeOp } from './quantization/quantize.js';
export {
  quantizedLinear,
  quantizedLinearOp,
  type QuantizedLinearAttributes,
} from './quantization/quantized-linear.js';
export {
  quantizedParts,
  type QuantizedFormat,
  type QuantizedPart,
} from './quantization/quantized-parts.js';
export { all, allOp } from './reduce/all.js';
export { any, anyOp } from './reduce/any.js';
export { argmax, argmaxOp } from './reduce/argmax.js';
export { argmin, argminOp } from './reduce/argmin.js';
export { cumsum, cumsumOp } from './reduce/cumsum.js';
export { logsumexp, logsumexpOp } from './reduce/logsumexp.js';
export { max, maxOp } from './reduce/max.js';
export { mean, meanOp } from './reduce/mean.js';
export { min, minOp } from './reduce/min.js';
export { prod, prodOp } from './reduce/prod.js';
export { sum, sumOp } from './reduce/sum.js';
export { dropout, dropoutOp, type DropoutScalars } from './sampling/dropout.js';
export { sample, sampleOp, type SamplingScalars } from './sampling/sample.js';
export { philox, uniform } from './sampling/philox.js';
export { clamp, clampOp } from './select/clamp.js';
export { maskedFill } from './select/masked-fill.js';
export { where, whereOp } from './select/where.js';
export { logSoftmax, logSoftmaxOp } from './softmax/log-softmax.js';
export { softmax, softmaxOp } from './softmax/softmax.js';
