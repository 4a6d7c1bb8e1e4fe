// A call of gemm as batches of one product: its chunks, how one runs, its memory and its check.
// Operands and attributes are those of gemm.cpp; kernels that do more than gemm call these
// functions.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "exact-product.h"
#include "few-rows.h"
#include "matrix.h"
#include "product.h"

namespace automodel::AM_ISA {

// Places in the call.
struct GemmIn {
  enum { A, B, BIAS, ACCUMULATE, BETA };
};
struct GemmInt {
  enum { COMPUTE };
};
struct GemmFloat {
  enum { ALPHA };
};

// The product of one batch entry, with the grid of all of them.
struct Gemm {
  Product product;
  int64_t batches;
  int batch_rank;
  int64_t batch_shape[MAX_RANK], left_batch[MAX_RANK], right_batch[MAX_RANK], out_batch[MAX_RANK],
      previous_batch[MAX_RANK];
};

// Strides of an operand's leading dimensions, seen in the output's: 0 where it broadcasts.
static void batch_strides(const Tensor &t, const Tensor &out, int64_t *strides) {
  for (int d = 0; d < out.rank - 2; d++) {
    const int own = d - (out.rank - t.rank);
    strides[d] = own < 0 || t.shape[own] == 1 ? 0 : t.stride[own];
  }
}

// Leading dimensions that follow one another in A, C and accumulate and over which B is constant
// become rows.
static void fold_batches(Gemm &g) {
  Product &p = g.product;
  while (g.batch_rank > 0) {
    const int d = g.batch_rank - 1;
    const bool follows =
        g.right_batch[d] == 0 && g.left_batch[d] == p.rows * p.left.row_stride &&
        g.out_batch[d] == p.rows * p.out_row_stride &&
        (p.previous_row_stride == 0 || g.previous_batch[d] == p.rows * p.previous_row_stride);
    if (!follows && g.batch_shape[d] != 1) return;
    p.rows *= g.batch_shape[d];
    g.batch_rank--;
  }
}

static void swap_sides(Gemm &g) {
  Product &p = g.product;
  const Product q = p;
  p.left = q.right;
  p.right = q.left;
  p.rows = q.columns;
  p.columns = q.rows;
  p.out_row_stride = q.out_column_stride;
  p.out_column_stride = q.out_row_stride;
  p.bias_row_stride = q.bias_column_stride;
  p.bias_column_stride = q.bias_row_stride;
  p.previous_row_stride = q.previous_column_stride;
  p.previous_column_stride = q.previous_row_stride;
  for (int d = 0; d < g.batch_rank; d++) {
    const int64_t left = g.left_batch[d];
    g.left_batch[d] = g.right_batch[d];
    g.right_batch[d] = left;
  }
}

static Gemm gemm_of(const Call &call) {
  const Tensor a = as_matrix(call.in[GemmIn::A]), &b = call.in[GemmIn::B],
               c = as_matrix(call.out[0]);
  Gemm g = {};
  Product &p = g.product;
  const int m = c.rank - 2, n = c.rank - 1;
  p.rows = c.shape[m];
  p.columns = c.shape[n];
  p.depth = a.shape[a.rank - 1];
  p.left = {a.data, a.dtype, a.stride[a.rank - 2], a.stride[a.rank - 1]};
  p.right = {b.data, b.dtype, b.stride[b.rank - 1], b.stride[b.rank - 2]};
  p.out = c.data;
  p.out_dtype = c.dtype;
  p.out_row_stride = c.stride[m];
  p.out_column_stride = c.stride[n];
  g.batch_rank = c.rank - 2;
  for (int d = 0; d < g.batch_rank; d++)
    g.batch_shape[d] = c.shape[d], g.out_batch[d] = c.stride[d];
  batch_strides(a, c, g.left_batch);
  batch_strides(b, c, g.right_batch);
  if (has_in(call, GemmIn::BIAS)) {
    p.bias = call.in[GemmIn::BIAS].data;
    p.bias_dtype = call.in[GemmIn::BIAS].dtype;
    p.bias_column_stride = call.in[GemmIn::BIAS].stride[0];
  }
  if (has_in(call, GemmIn::ACCUMULATE)) {
    const Tensor previous = as_matrix(call.in[GemmIn::ACCUMULATE]);
    p.previous = previous.data;
    p.previous_dtype = previous.dtype;
    p.previous_row_stride = previous.stride[m];
    p.previous_column_stride = previous.stride[n];
    batch_strides(previous, c, g.previous_batch);
  }
  p.alpha = (float)float_or(call, GemmFloat::ALPHA, 1.0);
  p.beta = 1.0f;
  p.bf16_compute = int_or(call, GemmInt::COMPUTE, 0) != 0;
  fold_batches(g);
  g.batches = 1;
  for (int d = 0; d < g.batch_rank; d++) g.batches *= g.batch_shape[d];
  if ((p.out_row_stride == 1 && p.out_column_stride != 1 && p.columns > 1) ||
      (p.columns == 1 && p.rows > 1))
    swap_sides(g);
  p.grid_rows = p.rows;
  p.grid_columns = p.columns;
  p.grid_depth = p.depth;
  return g;
}

// Moves the product to one batch entry; returns the entry.
static void select_batch(const Call &call, Gemm &g, int64_t batch) {
  Product &p = g.product;
  if (has_in(call, GemmIn::BETA)) p.beta = scalar_of(call.in[GemmIn::BETA]);
  for (int d = g.batch_rank - 1; d >= 0; d--) {
    const int64_t i = batch % g.batch_shape[d];
    batch /= g.batch_shape[d];
    p.left.data += i * g.left_batch[d] * bytes_of(p.left.dtype);
    p.right.data += i * g.right_batch[d] * bytes_of(p.right.dtype);
    p.out += i * g.out_batch[d] * bytes_of(p.out_dtype);
    if (p.previous != nullptr) p.previous += i * g.previous_batch[d] * bytes_of(p.previous_dtype);
  }
}

static int64_t gemm_chunks(const Call &call, int32_t phase) {
  const Gemm g = gemm_of(call);
  if (g.product.rows == 0 || g.product.columns == 0) return 0;
  if (is_exact(g.product)) return phase == 0 ? 0 : g.batches * g.product.rows;
  if (has_few_rows(g.product)) return phase == 0 ? 0 : g.batches * few_rows_chunks(g.product);
  const ProductGrid grid = grid_of(g.product);
  return g.batches * (phase == 0 ? grid.pack_chunks : grid.slabs * grid.groups);
}

static void gemm_run(const Call &call, int32_t phase, int64_t chunk, char *scratch) {
  Gemm g = gemm_of(call);
  if (is_exact(g.product)) {
    const int64_t rows = g.product.rows;
    select_batch(call, g, chunk / rows);
    return exact_multiply(g.product, chunk % rows);
  }
  if (has_few_rows(g.product)) {
    const int64_t chunks = few_rows_chunks(g.product);
    select_batch(call, g, chunk / chunks);
    return few_rows_multiply(g.product, chunk % chunks, scratch);
  }
  const ProductGrid grid = grid_of(g.product);
  const int64_t chunks = phase == 0 ? grid.pack_chunks : grid.slabs * grid.groups,
                batch = chunk / chunks;
  char *workspace = call.workspace + batch * product_workspace(grid);
  select_batch(call, g, batch);
  if (phase == 0)
    product_pack(g.product, grid, chunk % chunks, workspace);
  else
    product_multiply(g.product, grid, chunk % chunks, workspace, scratch);
}

// An upper bound over all layouts of the operands (how many leading dimensions fold into rows,
// which side is which): the planner asks before it knows strides.
static int64_t gemm_workspace(const Call &call) {
  const Tensor a = as_matrix(call.in[GemmIn::A]), c = as_matrix(call.out[0]);
  Product p = {};
  p.out_dtype = c.dtype;
  p.bf16_compute = int_or(call, GemmInt::COMPUTE, 0) != 0;
  p.grid_depth = a.shape[a.rank - 1];
  int64_t batches = 1, bytes = 0, rows = c.shape[c.rank - 2];
  const int64_t columns = c.shape[c.rank - 1];
  for (int d = 0; d < c.rank - 2; d++) batches *= c.shape[d];
  for (int d = c.rank - 2; d >= 0 && batches > 0; d--) {
    p.grid_rows = rows;
    p.grid_columns = columns;
    bytes = max64(bytes, batches * product_workspace(grid_of(p)));
    p.grid_rows = columns;
    p.grid_columns = rows;
    bytes = max64(bytes, batches * product_workspace(grid_of(p)));
    if (d > 0) {
      rows *= c.shape[d - 1];
      batches /= c.shape[d - 1];
    }
  }
  return bytes;
}

static int64_t gemm_scratch(const Call &call) {
  const Gemm g = gemm_of(call);
  return has_few_rows(g.product) ? few_rows_scratch(g.product)
                                 : product_scratch(grid_of(g.product));
}

static const char *gemm_check(const Call &call) {
  if (call.in_count < 2 || call.in_count > 5 || call.out_count != 1)
    return "takes A, B, bias?, accumulate?, beta? and gives C";
  const Tensor a = as_matrix(call.in[GemmIn::A]), &b = call.in[GemmIn::B],
               c = as_matrix(call.out[0]);
  if (a.rank < 2 || b.rank < 2 || c.rank < 2) return "A, B and C need at least two dimensions";
  const bool exact = c.dtype == F64 || is_integer(c.dtype);
  if (!exact && (!is_storage(a) || !is_storage(b) || !is_storage(c)))
    return "A, B and C must be f32, bf16 or f16, or C f64 or an integer";
  const int64_t rows = c.shape[c.rank - 2], columns = c.shape[c.rank - 1];
  if (a.shape[a.rank - 2] != rows || b.shape[b.rank - 1] != columns ||
      a.shape[a.rank - 1] != b.shape[b.rank - 2])
    return "the shapes of A, B and C do not agree";
  if (!broadcasts(a, c) || !broadcasts(b, c))
    return "the leading dimensions of A or B do not broadcast to those of C";
  if (has_in(call, GemmIn::BIAS) &&
      (call.in[GemmIn::BIAS].rank != 1 || call.in[GemmIn::BIAS].shape[0] != columns ||
       (!exact && !is_storage(call.in[GemmIn::BIAS]))))
    return "bias must be a float [N]";
  if (has_in(call, GemmIn::ACCUMULATE)) {
    const Tensor previous = as_matrix(call.in[GemmIn::ACCUMULATE]);
    if (previous.rank < 2 || (!exact && !is_storage(previous)) ||
        previous.shape[previous.rank - 2] != rows || previous.shape[previous.rank - 1] != columns ||
        !broadcasts(previous, c))
      return "accumulate must have the shape of C";
  }
  if (has_in(call, GemmIn::BETA) &&
      (call.in[GemmIn::BETA].rank != 0 || call.in[GemmIn::BETA].dtype != F32))
    return "beta must be an f32 scalar";
  return nullptr;
}

}  // namespace automodel::AM_ISA
