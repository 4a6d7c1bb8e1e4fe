// grouped_linear_weight_gradient: dW[e] = the sum over rows n of expert e, in their order, of
// dy[n]^T x[n]. Experts without rows get zeros.
// in: x[N, K], dy[N, O], experts i64|i32[N], any strides and float types. out: [E, O, K], or [E, K,
// O] when transposed. ints: [transposed 0/1, compute: 0 f32, 1 operands rounded to bf16].
// Phases: sort the rows by expert; copy both operands in that order; multiply, a chunk being a tile
// of one expert's matrix over all its rows.

#include "../prelude.h"
#include "../gemm/matrix.h"
#include "../gemm/product.h"
#include "../operand.h"
#include "grouped-rows.h"

namespace automodel::AM_ISA {

// Places in the call.
struct GroupedGradientIn {
  enum { X, DY, EXPERTS };
};
struct GroupedGradientInt {
  enum { TRANSPOSED, COMPUTE };
};

struct GroupedGradient {
  int64_t rows, experts, height, width;  // of an expert's matrix
  int64_t row_blocks, column_blocks;
  // which operand gives the rows, and which the columns, of the matrix
  int down, across;
  bool exact;
};

static GroupedGradient grouped_gradient_of(const Call &call) {
  const bool transposed = call.ints[GroupedGradientInt::TRANSPOSED] != 0;
  const Tensor &out = call.out[0];
  GroupedGradient g = {call.in[GroupedGradientIn::X].shape[0],
                       out.shape[0],
                       out.shape[1],
                       out.shape[2],
                       0,
                       0,
                       transposed ? 0 : 1,
                       transposed ? 1 : 0,
                       false};
  g.row_blocks = ceil_div(g.height, GROUP_ROWS);
  g.column_blocks = ceil_div(g.width, GROUP_COLUMNS);
  g.exact = call.in[GroupedGradientIn::X].dtype == F64 ||
            call.in[GroupedGradientIn::DY].dtype == F64 || out.dtype == F64;
  return g;
}

static int64_t grouped_gradient_chunks(const Call &call, int32_t phase) {
  const GroupedGradient g = grouped_gradient_of(call);
  if (g.height == 0 || g.width == 0) return 0;
  return phase == 0   ? 1
         : phase == 1 ? 2 * ceil_div(g.rows, SORTED_ROWS_PER_CHUNK)
                      : g.experts * g.row_blocks * g.column_blocks;
}

static int64_t sorted_bytes(const Tensor &t) {
  return round_up(elements(t) * bytes_of(t.dtype), 64);
}

static void grouped_gradient_multiply(const Call &call, const GroupedGradient &g,
                                      const RowGroups &groups, char *const *sorted, int64_t chunk,
                                      char *scratch) {
  const Tensor &left = call.in[g.down], &right = call.in[g.across], &out = call.out[0];
  const int64_t expert = chunk / (g.row_blocks * g.column_blocks),
                row = chunk / g.column_blocks % g.row_blocks * GROUP_ROWS,
                column = chunk % g.column_blocks * GROUP_COLUMNS;
  const int64_t place = groups.first[expert];
  Product p = {};
  p.rows = p.grid_rows = min64(GROUP_ROWS, g.height - row);
  p.columns = p.grid_columns = min64(GROUP_COLUMNS, g.width - column);
  p.depth = p.grid_depth = groups.first[expert + 1] - place;
  p.left = {sorted[g.down] + (place * g.height + row) * bytes_of(left.dtype), left.dtype, 1,
            g.height};
  p.right = {sorted[g.across] + (place * g.width + column) * bytes_of(right.dtype), right.dtype, 1,
             g.width};
  p.out = out.data + (expert * out.stride[0] + row * out.stride[1] + column * out.stride[2]) *
                         bytes_of(out.dtype);
  p.out_dtype = out.dtype;
  p.out_row_stride = out.stride[1];
  p.out_column_stride = out.stride[2];
  p.alpha = p.beta = 1.0f;
  p.bf16_compute = call.ints[GroupedGradientInt::COMPUTE] != 0;
  multiply_group(p, scratch, g.exact);
}

static void grouped_gradient_run(const Call &call, int32_t phase, int64_t chunk, char *scratch) {
  const GroupedGradient g = grouped_gradient_of(call);
  const RowGroups groups = row_groups_at(call.workspace, g.rows, g.experts);
  char *first = call.workspace + row_groups_bytes(g.rows, g.experts);
  char *const sorted[2] = {first, first + sorted_bytes(call.in[GroupedGradientIn::X])};
  if (phase == 0)
    sort_rows(call.in[GroupedGradientIn::EXPERTS], groups);
  else if (phase == 1)
    copy_sorted_rows(call.in[chunk % 2], groups, sorted[chunk % 2], chunk / 2);
  else
    grouped_gradient_multiply(call, g, groups, sorted, chunk, scratch);
}

static int64_t grouped_gradient_workspace(const Call &call) {
  const GroupedGradient g = grouped_gradient_of(call);
  return row_groups_bytes(g.rows, g.experts) + sorted_bytes(call.in[GroupedGradientIn::X]) +
         sorted_bytes(call.in[GroupedGradientIn::DY]);
}

static int64_t grouped_gradient_scratch(const Call &) { return group_tile_scratch(); }

static const char *grouped_gradient_check(const Call &call) {
  if (call.in_count != 3 || call.out_count != 1 || call.int_count != 2)
    return "takes x, dy, experts and two ints, and gives [E, O, K]";
  const Tensor &x = call.in[GroupedGradientIn::X], &dy = call.in[GroupedGradientIn::DY],
               &out = call.out[0];
  if (const char *complaint = check_grouped_rows(x, call.in[GroupedGradientIn::EXPERTS]))
    return complaint;
  const bool transposed = call.ints[GroupedGradientInt::TRANSPOSED] != 0;
  if (dy.rank != 2 || dy.shape[0] != x.shape[0] || out.rank != 3 ||
      out.shape[transposed ? 1 : 2] != x.shape[1] || out.shape[transposed ? 2 : 1] != dy.shape[1])
    return "the shapes of x, dy and the result do not agree";
  if (!is_float_type(x.dtype) || !is_float_type(dy.dtype) || !is_float_type(out.dtype))
    return "x, dy and the result must be floats";
  return nullptr;
}

constexpr Kernel grouped_linear_weight_gradient_kernel = {"grouped_linear_weight_gradient",
                                                          3,
                                                          grouped_gradient_chunks,
                                                          grouped_gradient_run,
                                                          grouped_gradient_workspace,
                                                          grouped_gradient_scratch,
                                                          nullptr,
                                                          grouped_gradient_check};

}  // namespace automodel::AM_ISA
