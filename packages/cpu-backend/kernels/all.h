// Every kernel, compiled once per instruction set: a translation unit of instruction-set/ defines
// AM_ISA and the vector kind, then includes this file.
// Any order of the includes is correct. This one is kept because the compiler chooses between
// equally good machine code by the order of definitions: with a fixed order, builds can be compared
// function by function.
#pragma once
#include "prelude.h"
#include "vector/math.h"

// One include for each file of kernels.
#include "gemm/gemm.cpp"
#include "linear/grouped-linear.cpp"
#include "linear/grouped-linear-weight-gradient.cpp"
#include "linear/solve-triangular.cpp"
#include "loss/linear-cross-entropy.cpp"
#include "gemm/gemm-with-sum.cpp"
#include "gemm/gemm-many.cpp"
#include "quantization/dequantize.cpp"
#include "quantization/quantize.cpp"
#include "quantization/quantized-linear.cpp"
#include "elementwise/unary.cpp"
#include "elementwise/parametric.cpp"
#include "elementwise/binary.cpp"
#include "elementwise/fused-elementwise.cpp"
#include "activation/activation.cpp"
#include "cast/cast.cpp"
#include "layout/copy.cpp"
#include "norm/rms-norm.cpp"
#include "norm/layer-norm.cpp"
#include "conv/depthwise-conv1d.cpp"
#include "position/rope.cpp"
#include "embedding/embedding.cpp"
#include "attention/attention.cpp"
#include "attention/attention-backward.cpp"
#include "optimizer/adamw.cpp"
#include "optimizer/sgd.cpp"
#include "optimizer/squared-norm.cpp"
#include "optimizer/clip-flag.cpp"
#include "optimizer/gradient-accumulate.cpp"
#include "optimizer/gradient-accumulate-many.cpp"
#include "reduce/reduce.cpp"
#include "elementwise/fused-reduction.cpp"
#include "reduce/along-lines.cpp"
#include "softmax/softmax.cpp"
#include "creation/creation.cpp"
#include "indexing/gather.cpp"
#include "indexing/scatter.cpp"
#include "indexing/order.cpp"
#include "layout/parts.cpp"
#include "layout/concatenate.cpp"
#include "cache/write-rows.cpp"
#include "sampling/dropout.cpp"
#include "sampling/sample.cpp"
#include "collective/all-gather.cpp"
#include "collective/all-reduce.cpp"
#include "collective/broadcast.cpp"
#include "collective/reduce-scatter.cpp"

#define AM_JOIN2(a, b) a##b
#define AM_JOIN(a, b) AM_JOIN2(a, b)
#if defined(_WIN32)
#define AM_EXPORT extern "C" __attribute__((visibility("default"))) __attribute__((dllexport))
#else
#define AM_EXPORT extern "C" __attribute__((visibility("default")))
#endif

namespace automodel::AM_ISA {

// One entry for each kernel: a `constexpr Kernel` defined in its file. The last entry only ends the
// list.
static const Kernel KERNELS[] = {
    gemm_kernel,
    gemm_with_sum_kernel,
    gemm_many_kernel,
    grouped_linear_kernel,
    grouped_linear_weight_gradient_kernel,
    solve_triangular_kernel,
    dequantize_kernel,
    quantize_kernel,
    quantized_linear_kernel,
    depthwise_conv1d_kernel,
    depthwise_conv1d_weight_gradient_kernel,
    linear_cross_entropy_kernel,
    linear_cross_entropy_with_gradient_kernel,
    neg_kernel,
    abs_kernel,
    sign_kernel,
    floor_kernel,
    ceil_kernel,
    round_kernel,
    trunc_kernel,
    relu_kernel,
    isnan_kernel,
    isinf_kernel,
    isfinite_kernel,
    not_kernel,
    exp_kernel,
    exp2_kernel,
    expm1_kernel,
    log_kernel,
    log2_kernel,
    log1p_kernel,
    sqrt_kernel,
    rsqrt_kernel,
    reciprocal_kernel,
    sin_kernel,
    cos_kernel,
    tan_kernel,
    tanh_kernel,
    sigmoid_kernel,
    erf_kernel,
    silu_kernel,
    gelu_kernel,
    softplus_kernel,
    clamp_kernel,
    soft_cap_kernel,
    soft_cap_backward_kernel,
    add_kernel,
    sub_kernel,
    mul_kernel,
    div_kernel,
    pow_kernel,
    maximum_kernel,
    minimum_kernel,
    remainder_kernel,
    floordiv_kernel,
    atan2_kernel,
    eq_kernel,
    ne_kernel,
    lt_kernel,
    le_kernel,
    gt_kernel,
    ge_kernel,
    and_kernel,
    or_kernel,
    xor_kernel,
    where_kernel,
    fused_elementwise_kernel,
    fused_reduction_kernel,
    activation_kernel,
    activation_backward_kernel,
    gated_activation_kernel,
    gated_activation_backward_kernel,
    cast_kernel,
    copy_kernel,
    concatenate_kernel,
    rms_norm_kernel,
    rms_norm_backward_kernel,
    layer_norm_kernel,
    layer_norm_backward_kernel,
    rope_kernel,
    embedding_kernel,
    embedding_backward_kernel,
    embedding_backward_accumulate_kernel,
    attention_kernel,
    attention_backward_kernel,
    adamw_kernel,
    adamw_many_kernel,
    sgd_kernel,
    sgd_many_kernel,
    squared_norm_kernel,
    squared_norm_many_kernel,
    clip_flag_kernel,
    gradient_accumulate_kernel,
    gradient_accumulate_many_kernel,
    sum_kernel,
    mean_kernel,
    prod_kernel,
    max_kernel,
    min_kernel,
    any_kernel,
    all_kernel,
    logsumexp_kernel,
    argmax_kernel,
    argmin_kernel,
    cumsum_kernel,
    softmax_kernel,
    log_softmax_kernel,
    fill_kernel,
    arange_kernel,
    flip_kernel,
    pad_kernel,
    slice_scatter_kernel,
    tril_kernel,
    triu_kernel,
    gather_kernel,
    index_kernel,
    scatter_kernel,
    scatter_add_kernel,
    index_copy_kernel,
    index_add_kernel,
    index_put_kernel,
    masked_scatter_kernel,
    argsort_kernel,
    topk_idx_kernel,
    write_rows_kernel,
    dropout_kernel,
    sample_kernel,
    all_gather_kernel,
    all_reduce_kernel,
    broadcast_kernel,
    reduce_scatter_kernel,
    {},
};

}  // namespace automodel::AM_ISA

AM_EXPORT const automodel::Kernel *AM_JOIN(automodel_kernels_, AM_ISA)(int32_t *count) {
  *count = (int32_t)(sizeof(automodel::AM_ISA::KERNELS) / sizeof(automodel::Kernel)) - 1;
  return automodel::AM_ISA::KERNELS;
}
