// gemm_with_sum: gemm, and beside it the sum of the rows of a matrix. in: A, B, bias?, accumulate,
// beta (as gemm), rows [R, N] (any strides), state [N]. out: C, beta * state + sum over R.
// ints, floats: as gemm. The sums are f64 over all rows in order, rounded to the dtype of the
// state; beta = 0 ignores the state. They are further chunks of gemm's first phase.

#include "../prelude.h"
#include "../elementwise/convert.h"
#include "../operand.h"
#include "../vector/vector.h"
#include "gemm.h"
#include "matrix.h"

namespace automodel::AM_ISA {

// Places in the call.
struct GemmWithSumIn {
  enum { A, B, BIAS, ACCUMULATE, BETA, ROWS, STATE };
};
struct GemmWithSumOut {
  enum { C, SUM };
};

constexpr int64_t SUMMED_COLUMNS = 128;

AM_INLINE Call product_part(const Call &call) {
  Call part = call;
  part.in_count = 5;
  part.out_count = 1;
  return part;
}

static void sum_rows(const Call &call, int64_t chunk) {
  const Tensor &rows = call.in[GemmWithSumIn::ROWS], &state = call.in[GemmWithSumIn::STATE],
               &out = call.out[GemmWithSumOut::SUM];
  const int64_t first = chunk * SUMMED_COLUMNS, n = min64(SUMMED_COLUMNS, rows.shape[1] - first);
  double totals[SUMMED_COLUMNS] = {}, row[SUMMED_COLUMNS];
  for (int64_t r = 0; r < rows.shape[0]; r++) {
    read_run(row, rows.data + (r * rows.stride[0] + first * rows.stride[1]) * bytes_of(rows.dtype),
             rows.dtype, rows.stride[1], n);
    for (int64_t i = 0; i < n; i++) totals[i] += row[i];
  }
  const float keep = scalar_of(call.in[GemmWithSumIn::BETA]);
  for (int64_t i = 0; i < n; i++) {
    const int64_t at = first + i;
    char rounded[8] = {};
    write_run(rounded, &totals[i], out.dtype, 1, 1);
    float sum = element_at(rounded, out.dtype, 0);
    if (keep != 0.0f) sum += keep * element_at(state.data, state.dtype, at * state.stride[0]);
    write_run(out.data + at * out.stride[0] * bytes_of(out.dtype), &sum, out.dtype, 1, 1);
  }
}

static int64_t gemm_with_sum_chunks(const Call &call, int32_t phase) {
  return gemm_chunks(product_part(call), phase) +
         (phase == 0 ? ceil_div(call.out[GemmWithSumOut::SUM].shape[0], SUMMED_COLUMNS) : 0);
}
static void gemm_with_sum_run(const Call &call, int32_t phase, int64_t chunk, char *scratch) {
  const Call product = product_part(call);
  const int64_t own = phase == 0 ? gemm_chunks(product, 0) : chunk + 1;
  if (chunk < own)
    gemm_run(product, phase, chunk, scratch);
  else
    sum_rows(call, chunk - own);
}
static int64_t gemm_with_sum_workspace(const Call &call) {
  return gemm_workspace(product_part(call));
}
static int64_t gemm_with_sum_scratch(const Call &call) { return gemm_scratch(product_part(call)); }

static const char *gemm_with_sum_check(const Call &call) {
  if (call.in_count != 7 || call.out_count != 2 || !has_in(call, GemmWithSumIn::BETA))
    return "takes A, B, bias?, accumulate, beta, rows and state and gives C and a sum";
  const Tensor &rows = call.in[GemmWithSumIn::ROWS], &state = call.in[GemmWithSumIn::STATE],
               &out = call.out[GemmWithSumOut::SUM];
  if (rows.rank != 2 || state.rank != 1 || out.rank != 1 || state.shape[0] != rows.shape[1] ||
      out.shape[0] != rows.shape[1])
    return "rows must be [R, N], their sum and its state [N]";
  if (!is_storage(rows) || !is_storage(state) || !is_storage(out))
    return "rows and their sum must be f32, bf16 or f16";
  return gemm_check(product_part(call));
}

constexpr Kernel gemm_with_sum_kernel = {"gemm_with_sum",
                                         2,
                                         gemm_with_sum_chunks,
                                         gemm_with_sum_run,
                                         gemm_with_sum_workspace,
                                         gemm_with_sum_scratch,
                                         nullptr,
                                         gemm_with_sum_check};

}  // namespace automodel::AM_ISA
