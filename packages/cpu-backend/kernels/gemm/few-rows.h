// Products with at most FEW_ROWS rows (decoding): bound by reading the right operand, so it is read
// once, where it lies, without packing.
// A chunk is a range of output columns over the whole depth; the left rows are converted to f32 in
// scratch first.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "../vector/storage.h"
#include "../vector/vector.h"
#include "product.h"

namespace automodel::AM_ISA {

constexpr int FEW_ROWS = 4;
constexpr int64_t FEW_ROWS_COLUMNS = 64;  // a chunk's columns

AM_INLINE bool has_few_rows(const Product &p) {
  return p.grid_rows <= FEW_ROWS && (p.right.depth_stride == 1 || p.right.row_stride == 1);
}
static int64_t few_rows_chunks(const Product &p) {
  return ceil_div(p.grid_columns, FEW_ROWS_COLUMNS);
}
static int64_t few_rows_stride(const Product &p) { return round_up(p.grid_depth, LANES); }
static int64_t few_rows_scratch(const Product &p) {
  return FEW_ROWS * (few_rows_stride(p) + FEW_ROWS_COLUMNS) * 4;
}

template <class T>
AM_INLINE Vec load_right(const T *p, int n, bool round) {
  Vec a = n == LANES ? load(p) : load(p, n);
  return round && !__is_same(T, bf16) ? round_to_bf16(a) : a;
}

// Columns [column, column + C) against R rows, the right operand contiguous along the depth: R x C
// dot products.
template <int R, int C, class T>
static void few_rows_dots(const Product &p, const float *left, int64_t stride, int64_t column,
                          float *tile) {
  Vec sums[C][R];
  for (int c = 0; c < C; c++)
    for (int r = 0; r < R; r++) sums[c][r] = zero();
  const T *right = (const T *)p.right.data + column * p.right.row_stride;
  const int64_t whole = p.depth / LANES * LANES;
  for (int64_t k = 0; k < whole; k += LANES)
#pragma GCC unroll 8
    for (int c = 0; c < C; c++) {
      const T *from = right + c * p.right.row_stride + k;
      // each column is a short stream, which hardware does not predict: once for a line of memory,
      // the same place of the columns that come next
      if (k * (int64_t)sizeof(T) % 64 == 0) __builtin_prefetch(from + C * p.right.row_stride);
      Vec b = load_right(from, LANES, p.bf16_compute);
#pragma GCC unroll 4
      for (int r = 0; r < R; r++) sums[c][r] = fma(load(left + r * stride + k), b, sums[c][r]);
    }
  if (whole < p.depth)
    for (int c = 0; c < C; c++) {
      Vec b = load_right(right + c * p.right.row_stride + whole, (int)(p.depth - whole),
                         p.bf16_compute);
      for (int r = 0; r < R; r++) sums[c][r] = fma(load(left + r * stride + whole), b, sums[c][r]);
    }
  for (int c = 0; c < C; c++)
    for (int r = 0; r < R; r++) tile[r * FEW_ROWS_COLUMNS + c] = sum(sums[c][r]);
}

// Up to V vectors of columns against R rows, the right operand contiguous along its columns: sums
// run down the depth.
template <int R, int V, class T>
static void few_rows_columns(const Product &p, const float *left, int64_t stride, int64_t column,
                             int columns, float *tile) {
  Vec sums[V][R];
  for (int v = 0; v < V; v++)
    for (int r = 0; r < R; r++) sums[v][r] = zero();
  const T *right = (const T *)p.right.data + column;
  for (int64_t k = 0; k < p.depth; k++)
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) {
      const int n = columns - v * LANES < LANES ? columns - v * LANES : LANES;
      if (n <= 0) break;
      Vec b = load_right(right + k * p.right.depth_stride + v * LANES, n, p.bf16_compute);
#pragma GCC unroll 4
      for (int r = 0; r < R; r++) sums[v][r] = fma(splat(left[r * stride + k]), b, sums[v][r]);
    }
  for (int v = 0; v < V; v++)
    for (int r = 0; r < R; r++) store(tile + r * FEW_ROWS_COLUMNS + v * LANES, sums[v][r]);
}

template <int R, class T>
static void few_rows_run(const Product &p, const float *left, int64_t stride, int64_t column,
                         int columns, float *tile) {
  constexpr int VECTORS = 4;
  if (p.right.depth_stride == 1) {
    int c = 0;
    for (; c + 4 <= columns; c += 4) few_rows_dots<R, 4, T>(p, left, stride, column + c, tile + c);
    for (; c < columns; c++) few_rows_dots<R, 1, T>(p, left, stride, column + c, tile + c);
  } else {
    for (int c = 0; c < columns; c += VECTORS * LANES)
      few_rows_columns<R, VECTORS, T>(p, left, stride, column + c, columns - c, tile + c);
  }
}

template <class T>
static void few_rows_typed(const Product &p, const float *left, int64_t stride, int64_t column,
                           int columns, float *tile) {
  switch (p.rows) {
    case 1:
      return few_rows_run<1, T>(p, left, stride, column, columns, tile);
    case 2:
      return few_rows_run<2, T>(p, left, stride, column, columns, tile);
    case 3:
      return few_rows_run<3, T>(p, left, stride, column, columns, tile);
    case 4:
      return few_rows_run<4, T>(p, left, stride, column, columns, tile);
    default:
      return;
  }
}

static void few_rows_multiply(const Product &p, int64_t chunk, char *scratch) {
  const int64_t stride = few_rows_stride(p), column = chunk * FEW_ROWS_COLUMNS;
  const int columns = (int)min64(FEW_ROWS_COLUMNS, p.columns - column);
  float *left = (float *)scratch, *tile = left + FEW_ROWS * stride;
  for (int64_t r = 0; r < p.rows; r++) {
    for (int64_t k = 0; k < p.depth; k++)
      left[r * stride + k] =
          element_at(p.left.data, p.left.dtype, r * p.left.row_stride + k * p.left.depth_stride);
    for (int64_t k = p.depth; k < stride; k++) left[r * stride + k] = 0.0f;
    for (int64_t k = 0; p.bf16_compute && k < p.depth; k += LANES)
      store(left + r * stride + k, round_to_bf16(load(left + r * stride + k)));
  }
  if (p.right.dtype == F32)
    few_rows_typed<float>(p, left, stride, column, columns, tile);
  else if (p.right.dtype == BF16)
    few_rows_typed<bf16>(p, left, stride, column, columns, tile);
  else
    few_rows_typed<f16>(p, left, stride, column, columns, tile);
  finish_tile(p, 0, column, (int)p.rows, columns, tile, FEW_ROWS_COLUMNS, true);
}

}  // namespace automodel::AM_ISA
