// solve_triangular: X with A X = B by substitution, in f32 (f64 where an operand is f64). in:
// A[..., N, N], B[..., N, M], float types of any strides, leading dimensions broadcast. out: X[...,
// N, M].
// ints: [upper: which triangle of A is read, unitriangular: its diagonal is taken as one and not
// read]. A chunk is a range of columns of one system.

#include "../prelude.h"
#include "../gemm/exact-product.h"
#include "../gemm/matrix.h"
#include "../operand.h"
#include "../vector/vector.h"

namespace automodel::AM_ISA {

// Places in the call.
struct SolveInt {
  enum { UPPER, UNITRIANGULAR };
};

constexpr int64_t SOLVE_COLUMNS = 8 * LANES;  // a chunk's
constexpr int SOLVE_VECTORS = 2;              // of columns at once
constexpr int SOLVE_ROWS = 4;                 // of A at once

struct Solve {
  int64_t batches, n, columns, column_chunks;
  bool upper, unit, exact;
};

static Solve solve_of(const Call &call) {
  const Tensor &x = call.out[0];
  Solve s = {1,
             x.shape[x.rank - 2],
             x.shape[x.rank - 1],
             0,
             call.ints[SolveInt::UPPER] != 0,
             call.ints[SolveInt::UNITRIANGULAR] != 0,
             false};
  for (int d = 0; d < x.rank - 2; d++) s.batches *= x.shape[d];
  s.column_chunks = ceil_div(s.columns, SOLVE_COLUMNS);
  s.exact = call.in[0].dtype == F64 || call.in[1].dtype == F64 || x.dtype == F64;
  return s;
}

static int64_t solve_chunks(const Call &call, int32_t) {
  const Solve s = solve_of(call);
  return s.n == 0 ? 0 : s.batches * s.column_chunks;
}

// Where the matrix of one batch entry starts, in elements; dimensions of size one broadcast.
static int64_t batch_start(const Tensor &t, const Tensor &out, int64_t batch) {
  int64_t at = 0;
  for (int d = out.rank - 3; d >= 0; d--) {
    const int own = d - (out.rank - t.rank);
    if (own >= 0 && t.shape[own] != 1) at += batch % out.shape[d] * t.stride[own];
    batch /= out.shape[d];
  }
  return at;
}

// Rows are solved in the order in which they have one unknown left; `row_of_step` is the row of A
// at a step.
AM_INLINE int64_t row_of_step(const Solve &s, int64_t step) {
  return s.upper ? s.n - 1 - step : step;
}

// Steps [step, step + R) for V vectors of columns: what earlier steps contribute goes through
// registers, then the small triangle among the R rows is solved.
// `a` holds the R rows of A by steps: a[r * n + k] is what step k contributes to step + r. `x`
// [n][SOLVE_COLUMNS] by steps.
template <int R>
static void solve_rows(const Solve &s, const float *a, float *x, int64_t step) {
  Vec rest[R][SOLVE_VECTORS];
  for (int r = 0; r < R; r++)
    for (int v = 0; v < SOLVE_VECTORS; v++)
      rest[r][v] = load(x + (step + r) * SOLVE_COLUMNS + v * LANES);
  for (int64_t k = 0; k < step; k++)
#pragma GCC unroll 2
    for (int v = 0; v < SOLVE_VECTORS; v++) {
      const Vec solved = load(x + k * SOLVE_COLUMNS + v * LANES);
#pragma GCC unroll 4
      for (int r = 0; r < R; r++) rest[r][v] = fnma(splat(a[r * s.n + k]), solved, rest[r][v]);
    }
  for (int r = 0; r < R; r++)
    for (int v = 0; v < SOLVE_VECTORS; v++) {
      for (int k = 0; k < r; k++)
        rest[r][v] = fnma(splat(a[r * s.n + step + k]), rest[k][v], rest[r][v]);
      if (!s.unit) rest[r][v] = rest[r][v] / splat(a[r * s.n + step + r]);
      store(x + (step + r) * SOLVE_COLUMNS + v * LANES, rest[r][v]);
    }
}

static void solve_chunk(const Call &call, const Solve &s, int64_t batch, int64_t column,
                        char *scratch) {
  const Tensor &a = call.in[0], &b = call.in[1], &x = call.out[0];
  const int64_t columns = min64(SOLVE_COLUMNS, s.columns - column);
  const int64_t a_start = batch_start(a, x, batch),
                b_start = batch_start(b, x, batch) + column * b.stride[b.rank - 1],
                x_start = batch_start(x, x, batch) + column * x.stride[x.rank - 1];
  float *values = (float *)scratch, *rows = values + s.n * SOLVE_COLUMNS;
  for (int64_t step = 0; step < s.n; step++)
    for (int64_t c = 0; c < SOLVE_COLUMNS; c++)
      values[step * SOLVE_COLUMNS + c] =
          c < columns ? element_at(b.data, b.dtype,
                                   b_start + row_of_step(s, step) * b.stride[b.rank - 2] +
                                       c * b.stride[b.rank - 1])
                      : 0.0f;
  for (int64_t step = 0; step < s.n; step += SOLVE_ROWS) {
    const int count = (int)min64(SOLVE_ROWS, s.n - step);
    for (int r = 0; r < count; r++)
      for (int64_t k = 0; k <= step + r; k++)
        rows[r * s.n + k] = element_at(a.data, a.dtype,
                                       a_start + row_of_step(s, step + r) * a.stride[a.rank - 2] +
                                           row_of_step(s, k) * a.stride[a.rank - 1]);
    for (int64_t c = 0; c < columns; c += SOLVE_VECTORS * LANES) {
      if (count == SOLVE_ROWS)
        solve_rows<SOLVE_ROWS>(s, rows, values + c, step);
      else
        for (int r = 0; r < count; r++) solve_rows<1>(s, rows + r * s.n, values + c, step + r);
    }
  }
  for (int64_t step = 0; step < s.n; step++)
    for (int64_t c = 0; c < columns; c++)
      store_lanes(x.data, x.dtype,
                  x_start + row_of_step(s, step) * x.stride[x.rank - 2] + c * x.stride[x.rank - 1],
                  splat(values[step * SOLVE_COLUMNS + c]), 1);
}

static void solve_chunk_exact(const Call &call, const Solve &s, int64_t batch, int64_t column) {
  const Tensor &a = call.in[0], &b = call.in[1], &x = call.out[0];
  const int64_t a_start = batch_start(a, x, batch), b_start = batch_start(b, x, batch),
                x_start = batch_start(x, x, batch);
  const int64_t end = min64(column + SOLVE_COLUMNS, s.columns);
  for (int64_t step = 0; step < s.n; step++)
    for (int64_t c = column; c < end; c++) {
      const int64_t i = row_of_step(s, step), a_row = a_start + i * a.stride[a.rank - 2];
      double rest = exact_element<double>(
          b.data, b.dtype, b_start + i * b.stride[b.rank - 2] + c * b.stride[b.rank - 1]);
      for (int64_t k = 0; k < step; k++)
        rest -= exact_element<double>(a.data, a.dtype,
                                      a_row + row_of_step(s, k) * a.stride[a.rank - 1]) *
                exact_element<double>(
                    x.data, x.dtype,
                    x_start + row_of_step(s, k) * x.stride[x.rank - 2] + c * x.stride[x.rank - 1]);
      if (!s.unit) rest /= exact_element<double>(a.data, a.dtype, a_row + i * a.stride[a.rank - 1]);
      exact_store<double>(x.data, x.dtype,
                          x_start + i * x.stride[x.rank - 2] + c * x.stride[x.rank - 1], rest);
    }
}

static void solve_run(const Call &call, int32_t, int64_t chunk, char *scratch) {
  const Solve s = solve_of(call);
  const int64_t batch = chunk / s.column_chunks, column = chunk % s.column_chunks * SOLVE_COLUMNS;
  if (s.exact)
    solve_chunk_exact(call, s, batch, column);
  else
    solve_chunk(call, s, batch, column, scratch);
}

static int64_t solve_scratch(const Call &call) {
  return solve_of(call).n * (SOLVE_COLUMNS + SOLVE_ROWS) * 4;
}

static const char *solve_check(const Call &call) {
  if (call.in_count != 2 || call.out_count != 1 || call.int_count != 2)
    return "takes A, B and two ints, and gives X";
  const Tensor &a = call.in[0], &b = call.in[1], &x = call.out[0];
  if (a.rank < 2 || b.rank < 2 || x.rank < 2) return "A, B and X need at least two dimensions";
  const int64_t n = x.shape[x.rank - 2];
  if (a.shape[a.rank - 1] != n || a.shape[a.rank - 2] != n || b.shape[b.rank - 2] != n ||
      b.shape[b.rank - 1] != x.shape[x.rank - 1])
    return "the shapes of A, B and X do not agree";
  if (!broadcasts(a, x) || !broadcasts(b, x))
    return "the leading dimensions of A or B do not broadcast to those of X";
  if (!is_float_type(a.dtype) || !is_float_type(b.dtype) || !is_float_type(x.dtype))
    return "A, B and X must be floats";
  return nullptr;
}

constexpr Kernel solve_triangular_kernel = {
    "solve_triangular", 1, solve_chunks, solve_run, nullptr, solve_scratch, nullptr, solve_check};

}  // namespace automodel::AM_ISA
