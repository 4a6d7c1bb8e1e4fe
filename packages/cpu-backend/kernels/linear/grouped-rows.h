// Rows sorted by the expert they go to, as both grouped products use them: a stable counting sort,
// then a copy of the rows in that order, so that an expert's rows are one dense matrix.
// Rows whose expert does not exist come last, as group `experts`.
#pragma once

#include "../prelude.h"
#include "../gemm/exact-product.h"
#include "../gemm/engine.h"
#include "../gemm/product-alone.h"
#include "../gemm/product.h"
#include "../operand.h"

namespace automodel::AM_ISA {

struct RowGroups {
  int64_t rows, experts;
  int64_t *first;  // [experts + 2]: where each group starts in `order`
  int64_t *order;  // [rows]: the row at each place
};

static int64_t row_groups_bytes(int64_t rows, int64_t experts) {
  return round_up((rows + experts + 2) * 8, 64);
}

static RowGroups row_groups_at(char *workspace, int64_t rows, int64_t experts) {
  return {rows, experts, (int64_t *)workspace, (int64_t *)workspace + experts + 2};
}

AM_INLINE int64_t group_of_row(const Tensor &ids, int64_t row, int64_t experts) {
  const char *p = ids.data + row * ids.stride[0] * bytes_of(ids.dtype);
  int64_t id;
  if (ids.dtype == I64)
    memcpy(&id, p, 8);
  else {
    int32_t x;
    memcpy(&x, p, 4);
    id = x;
  }
  return id < 0 || id >= experts ? experts : id;
}

// Fills `first` and `order`; rows of one group keep their order.
static void sort_rows(const Tensor &ids, const RowGroups &g) {
  for (int64_t e = 0; e < g.experts + 2; e++) g.first[e] = 0;
  for (int64_t row = 0; row < g.rows; row++) g.first[group_of_row(ids, row, g.experts) + 1]++;
  for (int64_t e = 0; e <= g.experts; e++) g.first[e + 1] += g.first[e];
  for (int64_t row = 0; row < g.rows; row++)
    g.order[g.first[group_of_row(ids, row, g.experts)]++] = row;
  for (int64_t e = g.experts + 1; e > 0; e--) g.first[e] = g.first[e - 1];
  g.first[0] = 0;
}

constexpr int64_t SORTED_ROWS_PER_CHUNK = 64;

// One chunk of the copy: rows of x[N, K] in the order of their groups, dense, in the dtype of x.
static void copy_sorted_rows(const Tensor &x, const RowGroups &g, char *sorted, int64_t chunk) {
  const int64_t size = bytes_of(x.dtype), width = x.shape[1],
                end = min64((chunk + 1) * SORTED_ROWS_PER_CHUNK, g.rows);
  for (int64_t place = chunk * SORTED_ROWS_PER_CHUNK; place < end; place++) {
    const char *from = x.data + g.order[place] * x.stride[0] * size;
    char *to = sorted + place * width * size;
    if (x.stride[1] == 1)
      memcpy(to, from, (size_t)(width * size));
    else
      for (int64_t k = 0; k < width; k++)
        memcpy(to + k * size, from + k * x.stride[1] * size, (size_t)size);
  }
}

static const char *check_grouped_rows(const Tensor &x, const Tensor &ids) {
  if (x.rank != 2 || ids.rank != 1 || ids.shape[0] != x.shape[0])
    return "rows must be [N, K] and experts [N]";
  if (ids.dtype != I64 && ids.dtype != I32) return "experts must be i64 or i32";
  return nullptr;
}

// Tiles of products over one group: this many rows and columns at once, whole tiles of the
// micro-kernel.
constexpr int64_t GROUP_ROWS = 128 / MOST_TILE_ROWS * MOST_TILE_ROWS,
                  GROUP_COLUMNS = 128 / MOST_TILE_COLUMNS * MOST_TILE_COLUMNS;

static int64_t group_tile_scratch() {
  return round_up(product_alone_scratch(GROUP_ROWS), 64) + GROUP_ROWS * GROUP_COLUMNS * 4;
}

// A product of at most GROUP_ROWS x GROUP_COLUMNS that goes through f32 in scratch, then to `out`
// as finish_tile does it; f64 and products with one of them are summed in f64.
static void multiply_group(const Product &p, char *scratch, bool exact) {
  if (exact) {
    for (int64_t row = 0; row < p.rows; row++) exact_row<double>(p, row);
    return;
  }
  float *tile = (float *)(scratch + round_up(product_alone_scratch(GROUP_ROWS), 64));
  Product alone = p;
  alone.out = (char *)tile;
  alone.out_dtype = F32;
  alone.out_row_stride = GROUP_COLUMNS;
  alone.out_column_stride = 1;
  alone.bias = nullptr;
  if (p.depth > 0)
    product_alone(alone, scratch);
  else
    for (int64_t i = 0; i < p.rows * GROUP_COLUMNS; i++) tile[i] = 0.0f;
  for (int64_t column = 0; column < p.columns; column += MOST_TILE_COLUMNS)
    finish_tile(p, 0, column, {(int)p.rows, (int)min64(MOST_TILE_COLUMNS, p.columns - column)},
                tile + column, GROUP_COLUMNS, true);
}

}  // namespace automodel::AM_ISA
