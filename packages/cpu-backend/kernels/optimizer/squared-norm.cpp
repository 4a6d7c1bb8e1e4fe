// squared_norm: sum of squares in f64. in: x (any float or f64, dense). out: f64 0-d.
// squared_norm_many: in: one such tensor or more. out: f64 [tensors].
// Each tensor is cut into pieces; their sums are added in their order, so that a tensor's norm does
// not depend on the others. Tensors count as one row of elements, and a chunk of work takes the
// pieces that begin in its part of the row: small tensors share one.

#include "../prelude.h"
#include "../elementwise/convert.h"
#include "../elementwise/elementwise.h"
#include "../operand.h"
#include "../tensor-row.h"
#include "../vector/vector.h"
#include "square-sums.h"

namespace automodel::AM_ISA {

constexpr int64_t NORM_PIECE = 65536;

static int64_t norm_pieces(const Tensor &x) { return ceil_div(elements(x), NORM_PIECE); }

static int64_t squared_norm_chunks(const Call &call, int32_t phase) {
  return phase == 0 ? ceil_div(elements_of_all(call.in, call.in_count), NORM_PIECE) : 1;
}
static int64_t squared_norm_workspace(const Call &call) {
  int64_t pieces = 0;
  for (int32_t k = 0; k < call.in_count; k++) pieces += norm_pieces(call.in[k]);
  return pieces * 8;
}

// The sum over one piece, block by block.
static double sum_of_piece(const Tensor &x, int64_t piece) {
  const int64_t end = min64(elements(x), (piece + 1) * NORM_PIECE);
  alignas(64) float block[BLOCK];
  double total = 0.0;
  for (int64_t i = piece * NORM_PIECE; i < end; i += BLOCK) {
    const int64_t n = min64(BLOCK, end - i);
    const char *from = x.data + i * bytes_of(x.dtype);
    if (x.dtype == F64) {
      total += sum_of_squares<double>(from, n);
    } else if (x.dtype == F32) {
      total += sum_of_squares<float>(from, n);
    } else {
      read_run(block, from, x.dtype, 1, n);
      total += sum_of_squares<float>((const char *)block, n);
    }
  }
  return total;
}

// Sums of the pieces that begin in part `chunk` of the row.
static void sum_pieces(const Call &call, int64_t chunk) {
  const int64_t first = chunk * NORM_PIECE, end = first + NORM_PIECE;
  double *partial = (double *)call.workspace;
  int64_t start = 0;
  for (int32_t k = 0; k < call.in_count && start < end; k++) {
    const Tensor &x = call.in[k];
    const int64_t pieces = norm_pieces(x), to = min64(pieces, ceil_div(end - start, NORM_PIECE));
    for (int64_t piece = ceil_div(max64(0, first - start), NORM_PIECE); piece < to; piece++)
      partial[piece] = sum_of_piece(x, piece);
    partial += pieces;
    start += elements(x);
  }
}

static void squared_norm_run(const Call &call, int32_t phase, int64_t chunk, char *) {
  if (phase == 0) return sum_pieces(call, chunk);
  const double *partial = (const double *)call.workspace;
  for (int32_t k = 0; k < call.in_count; k++) {
    double total = 0.0;
    for (int64_t piece = 0; piece < norm_pieces(call.in[k]); piece++) total += *partial++;
    memcpy(call.out[0].data + 8 * k, &total, 8);
  }
}

static const char *squared_norm_check(const Call &call) {
  if (call.in_count < 1 || call.out_count != 1 || call.out[0].dtype != F64 ||
      !is_dense(call.out[0]) || elements(call.out[0]) != call.in_count)
    return "takes tensors and gives an f64 number for each";
  for (int32_t k = 0; k < call.in_count; k++) {
    if (!present(call.in[k]) || domain_of(call.in[k].dtype) == WHOLES || !is_dense(call.in[k]))
      return "operands must be dense floats";
  }
  return nullptr;
}

constexpr Kernel squared_norm_kernel = {
    "squared_norm", 2,       squared_norm_chunks, squared_norm_run, squared_norm_workspace,
    nullptr,        nullptr, squared_norm_check};
constexpr Kernel squared_norm_many_kernel = {"squared_norm_many",
                                             2,
                                             squared_norm_chunks,
                                             squared_norm_run,
                                             squared_norm_workspace,
                                             nullptr,
                                             nullptr,
                                             squared_norm_check};

}  // namespace automodel::AM_ISA
