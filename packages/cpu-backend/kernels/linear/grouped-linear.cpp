// grouped_linear: out[n, :] = x[n, :] times the matrix of expert[n] (+ its bias); zeros where the
// expert does not exist.
// in: x[N, K], W[E, O, K] (or [E, K, O]), experts i64|i32[N], bias?[E, O], any strides and float
// types. out: [N, O]. ints: [transposed 0/1, compute: 0 f32, 1 operands rounded to bf16].
// Phases: sort the rows by expert; copy them in that order; multiply, a chunk being a tile of one
// expert's rows times a range of columns.

#include "../prelude.h"
#include "../gemm/exact-product.h"
#include "../gemm/few-rows.h"
#include "../gemm/matrix.h"
#include "../gemm/product.h"
#include "../operand.h"
#include "../vector/vector.h"
#include "grouped-rows.h"

namespace automodel::AM_ISA {

// Places in the call.
struct GroupedLinearIn {
  enum { X, WEIGHT, EXPERTS, BIAS };
};
struct GroupedLinearInt {
  enum { TRANSPOSED, COMPUTE };
};

struct GroupedLinear {
  int64_t rows, inner, outer, experts;
  // an upper bound of row tiles over all ways to route, and ranges of columns
  int64_t tiles, column_blocks;
  bool exact;
};

static GroupedLinear grouped_linear_of(const Call &call) {
  const Tensor &x = call.in[GroupedLinearIn::X], &w = call.in[GroupedLinearIn::WEIGHT],
               &y = call.out[0];
  GroupedLinear g = {y.shape[0], x.shape[1], y.shape[1], w.shape[0], 0, 0, false};
  g.tiles = g.rows / GROUP_ROWS + min64(g.experts + 1, g.rows);
  g.column_blocks = ceil_div(g.outer, GROUP_COLUMNS);
  g.exact = x.dtype == F64 || w.dtype == F64 || y.dtype == F64 ||
            (has_in(call, GroupedLinearIn::BIAS) && call.in[GroupedLinearIn::BIAS].dtype == F64);
  return g;
}

static int64_t grouped_linear_chunks(const Call &call, int32_t phase) {
  const GroupedLinear g = grouped_linear_of(call);
  if (g.rows == 0 || g.outer == 0) return 0;
  return phase == 0   ? 1
         : phase == 1 ? ceil_div(g.rows, SORTED_ROWS_PER_CHUNK)
                      : g.tiles * g.column_blocks;
}

struct GroupTile {
  int64_t group, place, rows;
};

// The tile of this number; no rows where this routing has fewer tiles.
static GroupTile tile_of_groups(const RowGroups &groups, int64_t tile) {
  for (int64_t e = 0; e <= groups.experts; e++) {
    const int64_t count = groups.first[e + 1] - groups.first[e],
                  tiles = ceil_div(count, GROUP_ROWS);
    if (tile < tiles)
      return {e, groups.first[e] + tile * GROUP_ROWS, min64(GROUP_ROWS, count - tile * GROUP_ROWS)};
    tile -= tiles;
  }
  return {0, 0, 0};
}

static Product product_of_tile(const Call &call, const GroupedLinear &g, const GroupTile &tile,
                               const char *sorted, int64_t column) {
  const Tensor &x = call.in[GroupedLinearIn::X], &w = call.in[GroupedLinearIn::WEIGHT];
  const bool transposed = call.ints[GroupedLinearInt::TRANSPOSED] != 0;
  const int64_t row_stride = w.stride[transposed ? 2 : 1],
                depth_stride = w.stride[transposed ? 1 : 2];
  Product p = {};
  p.rows = p.grid_rows = tile.rows;
  p.columns = p.grid_columns = min64(GROUP_COLUMNS, g.outer - column);
  p.depth = p.grid_depth = g.inner;
  p.left = {sorted + tile.place * g.inner * bytes_of(x.dtype), x.dtype, g.inner, 1};
  p.right = {w.data + (tile.group * w.stride[0] + column * row_stride) * bytes_of(w.dtype), w.dtype,
             row_stride, depth_stride};
  if (has_in(call, GroupedLinearIn::BIAS)) {
    const Tensor &bias = call.in[GroupedLinearIn::BIAS];
    p.bias =
        bias.data + (tile.group * bias.stride[0] + column * bias.stride[1]) * bytes_of(bias.dtype);
    p.bias_dtype = bias.dtype;
    p.bias_column_stride = bias.stride[1];
  }
  p.alpha = p.beta = 1.0f;
  p.bf16_compute = call.ints[GroupedLinearInt::COMPUTE] != 0;
  return p;
}

// Few rows are bound by reading the weights: they are multiplied where they lie.
static void multiply_few_rows(const Product &p, char *scratch) {
  for (int64_t chunk = 0; chunk < few_rows_chunks(p); chunk++) few_rows_multiply(p, chunk, scratch);
}

static void grouped_linear_multiply(const Call &call, const GroupedLinear &g,
                                    const RowGroups &groups, const char *sorted, int64_t chunk,
                                    char *scratch) {
  const GroupTile tile = tile_of_groups(groups, chunk / g.column_blocks);
  if (tile.rows == 0) return;
  const Tensor &y = call.out[0];
  const int64_t column = chunk % g.column_blocks * GROUP_COLUMNS,
                size = bytes_of(g.exact ? F64 : F32);
  char *buffer = scratch;
  char *rest = scratch + round_up(GROUP_ROWS * GROUP_COLUMNS * size, 64);
  Product p = product_of_tile(call, g, tile, sorted, column);
  p.out = buffer;
  p.out_dtype = g.exact ? F64 : F32;
  p.out_row_stride = GROUP_COLUMNS;
  p.out_column_stride = 1;
  const bool exists = tile.group < g.experts;
  if (exists && !g.exact && p.depth > 0 && has_few_rows(p))
    multiply_few_rows(p, rest);
  else if (exists)
    multiply_group(p, rest, g.exact);
  else
    memset(buffer, 0, (size_t)(GROUP_ROWS * GROUP_COLUMNS * size));
  for (int64_t i = 0; i < tile.rows; i++) {  // to where the rows came from
    const int64_t to = groups.order[tile.place + i] * y.stride[0] + column * y.stride[1];
    if (y.stride[1] == 1 && !g.exact) {
      for (int64_t j = 0; j < p.columns; j += LANES)
        store_lanes(y.data, y.dtype, to + j, load((const float *)buffer + i * GROUP_COLUMNS + j),
                    (int)min64(LANES, p.columns - j));
    } else {
      for (int64_t j = 0; j < p.columns; j++)
        exact_store<double>(y.data, y.dtype, to + j * y.stride[1],
                            exact_element<double>(buffer, p.out_dtype, i * GROUP_COLUMNS + j));
    }
  }
}

static void grouped_linear_run(const Call &call, int32_t phase, int64_t chunk, char *scratch) {
  const GroupedLinear g = grouped_linear_of(call);
  const RowGroups groups = row_groups_at(call.workspace, g.rows, g.experts);
  char *sorted = call.workspace + row_groups_bytes(g.rows, g.experts);
  if (phase == 0)
    sort_rows(call.in[GroupedLinearIn::EXPERTS], groups);
  else if (phase == 1)
    copy_sorted_rows(call.in[GroupedLinearIn::X], groups, sorted, chunk);
  else
    grouped_linear_multiply(call, g, groups, sorted, chunk, scratch);
}

static int64_t grouped_linear_workspace(const Call &call) {
  const GroupedLinear g = grouped_linear_of(call);
  return row_groups_bytes(g.rows, g.experts) +
         round_up(g.rows * g.inner * bytes_of(call.in[GroupedLinearIn::X].dtype), 64);
}

static int64_t grouped_linear_scratch(const Call &call) {
  const GroupedLinear g = grouped_linear_of(call);
  Product p = {};
  p.grid_depth = g.inner;
  return round_up(GROUP_ROWS * GROUP_COLUMNS * 8, 64) +
         max64(group_tile_scratch(), few_rows_scratch(p));
}

static const char *grouped_linear_check(const Call &call) {
  if (call.in_count < 3 || call.in_count > 4 || call.out_count != 1 || call.int_count != 2)
    return "takes x, W, experts, bias? and two ints, and gives [N, O]";
  const Tensor &x = call.in[GroupedLinearIn::X], &w = call.in[GroupedLinearIn::WEIGHT],
               &y = call.out[0];
  if (const char *complaint = check_grouped_rows(x, call.in[GroupedLinearIn::EXPERTS]))
    return complaint;
  const bool transposed = call.ints[GroupedLinearInt::TRANSPOSED] != 0;
  if (w.rank != 3 || y.rank != 2 || y.shape[0] != x.shape[0] ||
      w.shape[transposed ? 2 : 1] != y.shape[1] || w.shape[transposed ? 1 : 2] != x.shape[1])
    return "the shapes of x, W and the result do not agree";
  if (!is_float_type(x.dtype) || !is_float_type(w.dtype) || !is_float_type(y.dtype))
    return "x, W and the result must be floats";
  if (has_in(call, GroupedLinearIn::BIAS) &&
      (call.in[GroupedLinearIn::BIAS].rank != 2 ||
       call.in[GroupedLinearIn::BIAS].shape[0] != w.shape[0] ||
       call.in[GroupedLinearIn::BIAS].shape[1] != y.shape[1] ||
       !is_float_type(call.in[GroupedLinearIn::BIAS].dtype)))
    return "bias must be a float [E, O]";
  return nullptr;
}

constexpr Kernel grouped_linear_kernel = {"grouped_linear",
                                          3,
                                          grouped_linear_chunks,
                                          grouped_linear_run,
                                          grouped_linear_workspace,
                                          grouped_linear_scratch,
                                          nullptr,
                                          grouped_linear_check};

}  // namespace automodel::AM_ISA
