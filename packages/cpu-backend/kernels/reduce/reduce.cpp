// sum mean prod max min any all: in x (any dtype, any strides); out y: the kept dimensions, dense
// (kept with size 1 or left out: only the order counts). ints: the reduced dimensions (none = all).
// Floats accumulate in f64, whole numbers and bool in i64 (wrapping). sum and prod of whole numbers
// give i64, any and all bool; mean takes floats only. NaN wins in max and min.
// Long reductions to few results are cut into parts at fixed places; the parts are combined in
// their order in a second phase.

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
static void finish_results(const Tensor &y, int64_t first, int64_t n, A *totals, int64_t length) {
  if (F == FOLD_MEAN)
    for (int64_t i = 0; i < n; i++) totals[i] = (A)((double)totals[i] / (double)length);
  write_run(y.data + first * bytes_of(y.dtype), totals, y.dtype, 1, n);
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

static const char *reduce_check(const Call &call) {
  if (call.in_count != 1 || call.out_count != 1 || !dimensions_fit(call, 0))
    return "takes x and gives y; ints are the reduced dimensions";
  if (reduction_of(call.in[0], listed_dimensions(call, 0)).kept.count != elements(call.out[0]) ||
      !is_dense(call.out[0]))
    return "y must hold the kept dimensions without gaps";
  return nullptr;
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
