// Folds of elements into one result (sums, products, extremes), how a reduction is cut into chunks
// and parts, and the check of its operands.
#pragma once

#include "../prelude.h"
#include "../elementwise/convert.h"
#include "../operand.h"
#include "lines.h"

namespace automodel::AM_ISA {

enum Fold { FOLD_SUM, FOLD_MEAN, FOLD_PROD, FOLD_MAX, FOLD_MIN, FOLD_ANY, FOLD_ALL };

constexpr int64_t REDUCE_CHUNK = 65536, REDUCE_MOST_PARTS = 256;

AM_INLINE void set_extremes(double &low, double &high) { low = -(high = __builtin_inf()); }
AM_INLINE void set_extremes(int64_t &low, int64_t &high) {
  low = INT64_MIN;
  high = INT64_MAX;
}
template <int F, class A>
AM_INLINE A fold_start() {
  A low, high;
  set_extremes(low, high);
  if constexpr (F == FOLD_MAX) return low;
  if constexpr (F == FOLD_MIN) return high;
  return F == FOLD_PROD || F == FOLD_ALL;
}
AM_INLINE int64_t wrapping_add(int64_t a, int64_t b) {
  return (int64_t)((uint64_t)a + (uint64_t)b);
}
AM_INLINE int64_t wrapping_multiply(int64_t a, int64_t b) {
  return (int64_t)((uint64_t)a * (uint64_t)b);
}
AM_INLINE double wrapping_add(double a, double b) { return a + b; }
AM_INLINE double wrapping_multiply(double a, double b) { return a * b; }

template <int F, class A>
AM_INLINE A fold(A a, A x) {
  if constexpr (F == FOLD_SUM || F == FOLD_MEAN) return wrapping_add(a, x);
  if constexpr (F == FOLD_PROD) return wrapping_multiply(a, x);
  if constexpr (F == FOLD_MAX) return a != a || a > x ? a : x;
  if constexpr (F == FOLD_MIN) return a != a || a < x ? a : x;
  if constexpr (F == FOLD_ANY) return a != 0 || x != 0;
  if constexpr (F == FOLD_ALL) return a != 0 && x != 0;
}

struct ReduceGrid {
  Reduction r;
  int64_t results, length;  // results and elements of each
  int64_t results_a_chunk, parts;
  // neighbouring results are neighbours in memory: they are folded side by side
  bool columns;
};

static ReduceGrid reduce_grid(const Call &call) {
  ReduceGrid g = {};
  g.r = reduction_of(call.in[0], listed_dimensions(call, 0));
  g.results = elements(call.out[0]);
  g.length = g.r.reduced.count;
  const int64_t kept_stride = g.r.kept.stride[0][g.r.kept.rank - 1],
                line_stride = g.r.reduced.stride[0][g.r.reduced.rank - 1];
  g.columns = g.results > 1 && g.length > 1 && kept_stride < line_stride &&
              g.r.kept.shape[g.r.kept.rank - 1] >= 8;
  g.results_a_chunk = max64(1, REDUCE_CHUNK / max64(1, g.length));
  if (g.columns) g.results_a_chunk = round_up(g.results_a_chunk, 64);
  const bool few = ceil_div(g.results, g.results_a_chunk) < 16;
  g.parts = few && g.length > 2 * REDUCE_CHUNK
                ? min64(REDUCE_MOST_PARTS, ceil_div(g.length, REDUCE_CHUNK))
                : 1;
  return g;
}

template <int F, class A>
static void finish_results(const Tensor &y, int64_t first, int64_t n, A *totals, int64_t length) {
  if (F == FOLD_MEAN)
    for (int64_t i = 0; i < n; i++) totals[i] = (A)((double)totals[i] / (double)length);
  write_run(y.data + first * bytes_of(y.dtype), totals, y.dtype, 1, n);
}

static const char *reduce_check(const Call &call) {
  if (call.in_count != 1 || call.out_count != 1 || !dimensions_fit(call, 0))
    return "takes x and gives y; ints are the reduced dimensions";
  if (reduction_of(call.in[0], listed_dimensions(call, 0)).kept.count != elements(call.out[0]) ||
      !is_dense(call.out[0]))
    return "y must hold the kept dimensions without gaps";
  return nullptr;
}

}  // namespace automodel::AM_ISA
