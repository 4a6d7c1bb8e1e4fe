// gemm: out[.., M, N] = alpha * A[.., M, K] . B[.., K, N] (+ bias[N]) (+ beta * accumulate[.., M,
// N]), f32 sums.
// in: A, B, bias?, accumulate? (may be `out` itself), beta? (f32 0-d, absent = 1; where it is 0,
// accumulate is not read). out: C.
// A may be a vector [K], then C is [N]. ints: [compute: 0 f32, 1 operands rounded to bf16]. floats:
// [alpha = 1]. All tensors f32, bf16 or f16 with any strides, or C f64 or an integer (plain sums);
// leading dimensions of A and B broadcast.

#include "../prelude.h"
#include "gemm.h"

namespace automodel::AM_ISA {

constexpr Kernel gemm_kernel = {"gemm",       2,       gemm_chunks, gemm_run, gemm_workspace,
                                gemm_scratch, nullptr, gemm_check};

}  // namespace automodel::AM_ISA
