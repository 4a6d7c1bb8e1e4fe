// How the fused losses cut their work, and where scratch and workspace stand. Operands and
// attributes are those of linear-cross-entropy.cpp.
#pragma once

#include "../prelude.h"
#include "../gemm/product-alone.h"
#include "../gemm/product.h"
#include "../operand.h"

namespace automodel::AM_ISA {

// Places in the call.
struct LossIn {
  enum { X, WEIGHT, TARGETS, SCALE, ACCUMULATOR, KEEP, GRADIENT };
};
struct LossOut {
  enum { LOSS, TOKEN_LOSSES, DX, DWEIGHT };
};
struct LossInt {
  enum { COMPUTE };
};
struct LossFloat {
  enum { SOFTCAP };
};

constexpr int64_t LOGIT_BYTES = 64 << 20;                // of one block
constexpr int64_t LEAST_BLOCK = 128, MOST_BLOCK = 1024;  // tokens
constexpr int64_t PARTIAL_BYTES = 32 << 20, MOST_RANGES = 16;
constexpr int64_t DX_COLUMNS = 512;  // of a chunk

enum LossPhase {
  LOSS_GATHER,
  LOSS_PACK,
  LOSS_LOGITS,
  LOSS_SOFTMAX,
  LOSS_PRODUCTS,
  LOSS_BLOCK_PHASES
};

// Sizes, products and places in the workspace; from shapes only.
struct LossLayout {
  int64_t tokens, depth, vocabulary, block_tokens, blocks;
  bool with_dx, with_dweight;
  Product logits, dweight;
  ProductGrid logits_grid, dweight_grid;
  int64_t ranges, range, column_tiles;  // of dx
  int64_t rows_at, losses_at, x_at, logits_at, logits_pack_at, dweight_pack_at, partials_at, bytes;
};

static Product loss_product(int64_t rows, int64_t columns, int64_t depth, bool bf16_compute) {
  Product p = {};
  p.rows = p.grid_rows = rows;
  p.columns = p.grid_columns = columns;
  p.depth = p.grid_depth = depth;
  p.out_dtype = F32;
  p.out_column_stride = 1;
  p.alpha = 1.0f;
  p.bf16_compute = bf16_compute;
  return p;
}

static LossLayout loss_layout(const Call &call, bool with_gradient) {
  const Tensor &x = call.in[LossIn::X], &weight = call.in[LossIn::WEIGHT];
  const bool bf16_compute = int_or(call, LossInt::COMPUTE, 0) != 0;
  LossLayout l = {};
  l.tokens = x.shape[0];
  l.depth = x.shape[1];
  l.vocabulary = weight.shape[0];
  l.with_dx = with_gradient && has_out(call, LossOut::DX);
  l.with_dweight = with_gradient && has_out(call, LossOut::DWEIGHT);
  const int64_t wanted =
      min64(MOST_BLOCK, max64(LEAST_BLOCK, LOGIT_BYTES / (4 * max64(1, l.vocabulary))));
  l.blocks = max64(1, ceil_div(l.tokens, wanted));
  l.block_tokens = max64(1, ceil_div(l.tokens, l.blocks));
  l.logits = loss_product(l.block_tokens, l.vocabulary, l.depth, bf16_compute);
  l.logits.left = {nullptr, x.dtype, l.depth, 1};
  l.logits.right = {weight.data, weight.dtype, weight.stride[0], weight.stride[1]};
  l.logits.out_row_stride = l.vocabulary;
  l.logits_grid = grid_of(l.logits);
  l.dweight = loss_product(l.vocabulary, l.depth, l.block_tokens, bf16_compute);
  l.dweight.left = {nullptr, F32, 1, l.vocabulary};
  l.dweight.right = {nullptr, x.dtype, 1, l.depth};
  l.dweight.out_row_stride = l.depth;
  if (l.with_dweight) l.dweight.out_dtype = call.out[LossOut::DWEIGHT].dtype;
  // the rows of x are packed before the gradients of the logits, the left operand, exist
  l.dweight_grid = grid_of(l.dweight, false);
  l.ranges = max64(1, min64(min64(MOST_RANGES, ceil_div(l.vocabulary, 512)),
                            PARTIAL_BYTES / max64(1, l.block_tokens * l.depth * 4)));
  l.range = round_up(ceil_div(l.vocabulary, l.ranges), 64);
  l.ranges = ceil_div(l.vocabulary, l.range);
  l.column_tiles = ceil_div(l.depth, DX_COLUMNS);
  int64_t at = 0;
  auto place = [&](int64_t bytes) {
    const int64_t start = at;
    at += round_up(bytes, 64);
    return start;
  };
  l.rows_at = place((l.tokens + 1) * 8);
  l.losses_at = place(l.tokens * 8);
  l.x_at = place(l.block_tokens * l.depth * bytes_of(x.dtype));
  l.logits_at = place(l.block_tokens * l.vocabulary * 4);
  l.logits_pack_at = place(product_workspace(l.logits_grid));
  l.dweight_pack_at = place(l.with_dweight ? product_workspace(l.dweight_grid) : 0);
  l.partials_at = place(l.with_dx ? l.ranges * l.block_tokens * l.depth * 4 : 0);
  l.bytes = at;
  return l;
}

}  // namespace automodel::AM_ISA
