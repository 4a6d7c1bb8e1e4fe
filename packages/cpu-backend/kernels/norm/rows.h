// A tensor seen as rows of its last dimension, which must be dense, and the pieces of rows that
// normalisation kernels work on.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "../vector/vector.h"

namespace automodel::AM_ISA {

constexpr int64_t NORM_CHUNK_ELEMENTS = 16384, NORM_MOST_CHUNKS = 256, NORM_COLUMNS = 256;

AM_INLINE int64_t width_of(const Tensor &t) { return t.shape[t.rank - 1]; }
AM_INLINE int64_t rows_of(const Tensor &t) {
  int64_t rows = 1;
  for (int d = 0; d < t.rank - 1; d++) rows *= t.shape[d];
  return rows;
}

// Offset of a row in elements.
AM_INLINE int64_t row_offset(const Tensor &t, int64_t row) {
  int64_t offset = 0;
  for (int d = t.rank - 2; d > 0; d--) {
    offset += row % t.shape[d] * t.stride[d];
    row /= t.shape[d];
  }
  return t.rank > 1 ? offset + row * t.stride[0] : 0;
}
AM_INLINE char *row_at(const Tensor &t, int64_t row) {
  return t.data + row_offset(t, row) * bytes_of(t.dtype);
}

AM_INLINE bool has_dense_rows(const Tensor &t) {
  return t.rank >= 1 && (t.stride[t.rank - 1] == 1 || t.shape[t.rank - 1] <= 1);
}

// Rows of a chunk: enough work to be worth handing out, and so few chunks that their partial
// results are cheap.
AM_INLINE int64_t norm_rows(const Tensor &x) {
  const int64_t rows = rows_of(x), width = max64(1, width_of(x));
  return max64(1, max64(NORM_CHUNK_ELEMENTS / width, ceil_div(rows, NORM_MOST_CHUNKS)));
}
AM_INLINE int64_t norm_chunks(const Tensor &x) { return ceil_div(rows_of(x), norm_rows(x)); }

// Adds the partial rows of all chunks, in their order, for NORM_COLUMNS columns from chunk *
// NORM_COLUMNS on.
static void combine_partials(const float *partials, int64_t count, int64_t width, int64_t chunk,
                             const Tensor &out) {
  const int64_t end = min64(width, (chunk + 1) * NORM_COLUMNS);
  for (int64_t c = chunk * NORM_COLUMNS; c < end; c += LANES) {
    const int lanes = (int)min64(LANES, end - c);
    Vec total = zero();
    for (int64_t k = 0; k < count; k++) total += load(partials + k * width + c, lanes);
    store_lanes(out.data, out.dtype, c, total, lanes);
  }
}

// What is wrong with the operands: `x` must be rows, `weight` and `bias`, where present, one row.
static const char *norm_check(const Tensor &x, const Tensor *weight) {
  if (!present(x) || x.rank < 1 || !is_float(x.dtype)) return "needs float rows";
  if (!has_dense_rows(x)) return "needs a last dimension without gaps";
  if (weight != nullptr && (weight->rank != 1 || weight->shape[0] != width_of(x) ||
                            !has_dense_rows(*weight) || !is_float(weight->dtype)))
    return "weight and bias must be float rows as wide as x";
  return nullptr;
}

static float sum_of_squares(const char *row, DType dtype, int64_t width) {
  Vec total[4] = {zero(), zero(), zero(), zero()};
  int64_t i = 0;
  for (; i + 4 * LANES <= width; i += 4 * LANES) {
#pragma GCC unroll 4
    for (int k = 0; k < 4; k++) {
      const Vec x = load_lanes(row, dtype, i + k * LANES);
      total[k] = fma(x, x, total[k]);
    }
  }
  for (; i < width; i += LANES) {
    const Vec x = load_lanes(row, dtype, i, (int)min64(LANES, width - i));
    total[0] = fma(x, x, total[0]);
  }
  return sum((total[0] + total[1]) + (total[2] + total[3]));
}

}  // namespace automodel::AM_ISA
