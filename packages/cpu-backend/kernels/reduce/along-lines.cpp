// Results that need a whole line in order.
// logsumexp: in x (floats); out y: the kept dimensions, dense. ints: the reduced dimensions (none =
// all). argmax, argmin: the same with out i64: the position in the line, the lowest on ties, NaN
// first.
// cumsum: in x; out y of the same shape, dense (i64 for whole numbers). ints: [dimension]. Floats
// accumulate in f64.

#include "../prelude.h"
#include "../elementwise/convert.h"
#include "../elementwise/elementwise.h"
#include "../operand.h"
#include "fold.h"
#include "line-grid.h"
#include "lines.h"

namespace automodel::AM_ISA {

static double line_logsumexp(const Tensor &x, const LineGrid &g, int64_t start) {
  double top = -__builtin_inf(), total = 0.0;
  for_line<double>(x, g.r.reduced, start, 0, g.length,
                   [&](const double *block, int64_t n, int64_t) {
                     for (int64_t i = 0; i < n; i++) top = fold<FOLD_MAX>(top, block[i]);
                   });
  const double shift = ::fabs(top) == __builtin_inf() ? 0.0 : top;
  for_line<double>(x, g.r.reduced, start, 0, g.length,
                   [&](const double *block, int64_t n, int64_t) {
                     for (int64_t i = 0; i < n; i++) total += ::exp(block[i] - shift);
                   });
  return shift + ::log(total);
}

static void logsumexp_run(const Call &call, int32_t, int64_t chunk, char *) {
  const LineGrid g = line_grid(call.in[0], listed_dimensions(call, 0));
  const Tensor &y = call.out[0];
  for (int64_t line = chunk * g.lines_a_chunk; line < min64(g.lines, (chunk + 1) * g.lines_a_chunk);
       line++) {
    const double result = line_logsumexp(call.in[0], g, line_start(g.r, line));
    write_run(y.data + line * bytes_of(y.dtype), &result, y.dtype, 1, 1);
  }
}

template <bool LARGEST, class T>
static int64_t line_extreme(const Tensor &x, const LineGrid &g, int64_t start) {
  int64_t best = 0;
  T best_value = 0;
  for_line<T>(x, g.r.reduced, start, 0, g.length, [&](const T *block, int64_t n, int64_t at) {
    for (int64_t i = 0; i < n; i++) {
      const bool beats =
          at + i == 0 ||
          (best_value == best_value &&
           (block[i] != block[i] || (LARGEST ? block[i] > best_value : block[i] < best_value)));
      if (!beats) continue;
      best = at + i;
      best_value = block[i];
    }
  });
  return best;
}

template <bool LARGEST>
static void extreme_run(const Call &call, int32_t, int64_t chunk, char *) {
  const LineGrid g = line_grid(call.in[0], listed_dimensions(call, 0));
  const bool whole = domain_of(call.in[0].dtype) == WHOLES;
  for (int64_t line = chunk * g.lines_a_chunk; line < min64(g.lines, (chunk + 1) * g.lines_a_chunk);
       line++) {
    const int64_t start = line_start(g.r, line),
                  best = whole ? line_extreme<LARGEST, int64_t>(call.in[0], g, start)
                               : line_extreme<LARGEST, double>(call.in[0], g, start);
    memcpy(call.out[0].data + line * 8, &best, 8);
  }
}

// Running sums of one line: y at `to`, in elements, with the step of its dimension.
template <class A>
static void line_sums(const Tensor &x, const LineGrid &g, int64_t start, const Tensor &y,
                      int64_t to, int64_t step) {
  A total = 0;
  for_line<A>(x, g.r.reduced, start, 0, g.length, [&](const A *block, int64_t n, int64_t at) {
    A sums[BLOCK];
    for (int64_t i = 0; i < n; i++) sums[i] = total = wrapping_add(total, block[i]);
    write_run(y.data + (to + at * step) * bytes_of(y.dtype), sums, y.dtype, step, n);
  });
}

static void cumsum_run(const Call &call, int32_t, int64_t chunk, char *) {
  const Tensor &x = call.in[0], &y = call.out[0];
  const uint32_t dimension = listed_dimensions(call, 0);
  const LineGrid g = line_grid(x, dimension), out = line_grid(y, dimension);
  const int64_t step = out.r.reduced.stride[0][0];
  for (int64_t line = chunk * g.lines_a_chunk; line < min64(g.lines, (chunk + 1) * g.lines_a_chunk);
       line++) {
    if (domain_of(x.dtype) == WHOLES)
      line_sums<int64_t>(x, g, line_start(g.r, line), y, line_start(out.r, line), step);
    else
      line_sums<double>(x, g, line_start(g.r, line), y, line_start(out.r, line), step);
  }
}

static const char *extreme_check(const Call &call) {
  return call.out_count == 1 && call.out[0].dtype != I64 ? "gives i64 positions"
                                                         : reduce_check(call);
}

constexpr Kernel logsumexp_kernel = {"logsumexp", 1,       line_chunks, logsumexp_run,
                                     nullptr,     nullptr, nullptr,     reduce_check};
constexpr Kernel argmax_kernel = {"argmax", 1,       line_chunks, extreme_run<true>,
                                  nullptr,  nullptr, nullptr,     extreme_check};
constexpr Kernel argmin_kernel = {"argmin", 1,       line_chunks, extreme_run<false>,
                                  nullptr,  nullptr, nullptr,     extreme_check};
constexpr Kernel cumsum_kernel = {"cumsum", 1,       line_chunks, cumsum_run,
                                  nullptr,  nullptr, nullptr,     along_dimension_check};

}  // namespace automodel::AM_ISA
