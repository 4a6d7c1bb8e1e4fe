// sum mean prod max min any all: in x (any dtype, any strides); out y: the kept dimensions, dense
// (kept with size 1 or left out: only the order counts). ints: the reduced dimensions (none = all).
// Floats accumulate in f64, whole numbers and bool in i64 (wrapping). sum and prod of whole numbers
// give i64, any and all bool; mean takes floats only. NaN wins in max and min.
// Long reductions to few results are cut into parts at fixed places; the parts are combined in
// their order in a second phase.

#include "../prelude.h"
#include "../elementwise/convert.h"
#include "../elementwise/elementwise.h"
#include "../elementwise/walk.h"
#include "../operand.h"
#include "../vector/vector.h"
#include "fold.h"
#include "lines.h"

namespace automodel::AM_ISA {

// Folds elements [from, to) of one line. Sixteen sums side by side are combined pairwise.
template <int F, class A>
static A fold_line(const Tensor &x, const ReduceGrid &g, int64_t result, int64_t from, int64_t to) {
  A total = fold_start<F, A>();
  for_line<A>(x, g.r.reduced, line_start(g.r, result), from, to,
              [&](const A *block, int64_t n, int64_t) {
                A lane[16];
                for (int k = 0; k < 16; k++) lane[k] = fold_start<F, A>();
                int64_t i = 0;
                for (; i + 16 <= n; i += 16) {
                  for (int k = 0; k < 16; k++) lane[k] = fold<F>(lane[k], block[i + k]);
                }
                for (int k = 0; i < n; i++, k++) lane[k] = fold<F>(lane[k], block[i]);
                for (int width = 8; width > 0; width /= 2) {
                  for (int k = 0; k < width; k++) lane[k] = fold<F>(lane[k], lane[k + width]);
                }
                total = fold<F>(total, lane[0]);
              });
  return total;
}

// Folds elements [from, to) of up to BLOCK neighbouring lines.
template <int F, class A>
static void fold_columns(const Tensor &x, const ReduceGrid &g, const Place &place, int64_t n,
                         int64_t from, int64_t to, A *totals) {
  A block[BLOCK];
  const Walk &line = g.r.reduced;
  const int64_t stride = g.r.kept.stride[0][g.r.kept.rank - 1];
  for (int64_t i = 0; i < n; i++) totals[i] = fold_start<F, A>();
  Place at = place_of(line, from);
  for (int64_t k = from; k < to; k++) {
    read_run(block, x.data + (place.offset[0] + at.offset[0]) * bytes_of(x.dtype), x.dtype, stride,
             n);
    for (int64_t i = 0; i < n; i++) totals[i] = fold<F>(totals[i], block[i]);
    advance(line, at, 1);
  }
}

template <int F, class A>
static void reduce_part(const Call &call, const ReduceGrid &g, int64_t part, int64_t chunk) {
  const int64_t from = g.length * part / g.parts, to = g.length * (part + 1) / g.parts,
                end = min64(g.results, (chunk + 1) * g.results_a_chunk);
  A totals[BLOCK];
  Place place = place_of(g.r.kept, chunk * g.results_a_chunk);
  for (int64_t first = chunk * g.results_a_chunk; first < end;) {
    const int64_t n = g.columns ? run_length(g.r.kept, place, min64(BLOCK, end - first))
                                : min64(BLOCK, end - first);
    if (g.columns) {
      fold_columns<F>(call.in[0], g, place, n, from, to, totals);
      advance(g.r.kept, place, n);
    } else {
      for (int64_t i = 0; i < n; i++)
        totals[i] = fold_line<F, A>(call.in[0], g, first + i, from, to);
    }
    if (g.parts == 1)
      finish_results<F>(call.out[0], first, n, totals, g.length);
    else
      memcpy((A *)call.workspace + part * g.results + first, totals, (size_t)n * sizeof(A));
    first += n;
  }
}

template <int F, class A>
static void reduce_chunk(const Call &call, int32_t phase, int64_t chunk) {
  const ReduceGrid g = reduce_grid(call);
  if (phase == 0) return reduce_part<F, A>(call, g, chunk % g.parts, chunk / g.parts);
  const A *partials = (const A *)call.workspace;
  for (int64_t i = 0; i < g.results; i++) {
    A total = partials[i];
    for (int64_t part = 1; part < g.parts; part++)
      total = fold<F>(total, partials[part * g.results + i]);
    finish_results<F>(call.out[0], i, 1, &total, g.length);
  }
}

template <int F>
static void reduce_run(const Call &call, int32_t phase, int64_t chunk, char *) {
  if (domain_of(call.in[0].dtype) == WHOLES)
    reduce_chunk<F, int64_t>(call, phase, chunk);
  else
    reduce_chunk<F, double>(call, phase, chunk);
}

static int64_t reduce_chunks(const Call &call, int32_t phase) {
  const ReduceGrid g = reduce_grid(call);
  return phase == 1 ? g.parts > 1 : g.parts * ceil_div(g.results, g.results_a_chunk);
}
static int64_t reduce_workspace(const Call &call) {
  const ReduceGrid g = reduce_grid(call);
  return g.parts > 1 ? g.parts * g.results * 8 : 0;
}

#define AM_REDUCE_KERNEL(name, fold)                                                        \
  constexpr Kernel                                                                          \
      name##_kernel = {#name,   2,       reduce_chunks, reduce_run<fold>, reduce_workspace, \
                       nullptr, nullptr, reduce_check};
AM_REDUCE_KERNEL(sum, FOLD_SUM)
AM_REDUCE_KERNEL(mean, FOLD_MEAN)
AM_REDUCE_KERNEL(prod, FOLD_PROD)
AM_REDUCE_KERNEL(max, FOLD_MAX)
AM_REDUCE_KERNEL(min, FOLD_MIN)
AM_REDUCE_KERNEL(any, FOLD_ANY)
AM_REDUCE_KERNEL(all, FOLD_ALL)

}  // namespace automodel::AM_ISA
