// linear_cross_entropy: cross entropy of softmax(softcap(x W^T)) summed over trained tokens,
// without logits [T, V] in memory. Also linear_cross_entropy_with_gradient.
// in: x[T,D], W[V,D], targets i32[T] (negative: not trained), scale f32[]; with gradient also
// accumulator?[V,D], keep? f32[] (absent = 1; 0: the accumulator is not read), gradient? f32[]
// (absent = 1).
// out: loss? f32[] = scale * sum of token losses, nll? f32[T] (0 where not trained); with gradient
// also dx?[T,D] = gradient * scale * d sum / dx, dW?[V,D] likewise + keep * accumulator.
// ints: [compute: 0 f32, 1 products of operands rounded to bf16]. floats: [softcap, 0 = none]. x,
// W, dx, dW are f32, bf16 or f16, row-major; a target >= V makes the loss NaN.
//
// Trained rows are gathered first, then go in blocks: logits of a block, softmax in place, gradient
// products. dx is summed over ranges of the vocabulary, each in a buffer of its own, added in a
// fixed order.

#include "../prelude.h"
#include "../gemm/matrix.h"
#include "../gemm/product-alone.h"
#include "../gemm/product.h"
#include "../operand.h"
#include "../vector/math.h"
#include "../vector/vector.h"
#include "loss-layout.h"

namespace automodel::AM_ISA {

// The trained rows in order, behind their number.
AM_INLINE int64_t *loss_rows(const Call &call, const LossLayout &l) {
  return (int64_t *)(call.workspace + l.rows_at);
}

static void loss_find_rows(const Call &call, const LossLayout &l) {
  int64_t *rows = loss_rows(call, l), count = 0;
  for (int64_t t = 0; t < l.tokens; t++) {
    int32_t target;
    memcpy(&target, call.in[LossIn::TARGETS].data + t * 4 * call.in[LossIn::TARGETS].stride[0], 4);
    if (target >= 0)
      rows[++count] = t;
    else if (has_out(call, LossOut::TOKEN_LOSSES))
      store_one((float *)call.out[LossOut::TOKEN_LOSSES].data +
                    t * call.out[LossOut::TOKEN_LOSSES].stride[0],
                0.0f);
  }
  rows[0] = count;
}

// Rows of a block that are trained.
static int64_t loss_block_rows(const Call &call, const LossLayout &l, int64_t block) {
  return max64(0, min64(l.block_tokens, loss_rows(call, l)[0] - block * l.block_tokens));
}

// Copies row `i` of a block into the block's x, and sums and writes dx of the same row of the block
// before.
static void loss_gather_row(const Call &call, const LossLayout &l, int64_t block, int64_t i) {
  const Tensor &x = call.in[LossIn::X];
  if (i >= loss_block_rows(call, l, block)) return;
  const int64_t row = loss_rows(call, l)[1 + block * l.block_tokens + i], bytes = bytes_of(x.dtype);
  memcpy(call.workspace + l.x_at + i * l.depth * bytes, x.data + row * x.stride[0] * bytes,
         (size_t)(l.depth * bytes));
}

static void loss_scatter_row(const Call &call, const LossLayout &l, int64_t block, int64_t i) {
  if (!l.with_dx || i >= loss_block_rows(call, l, block)) return;
  const Tensor &dx = call.out[LossOut::DX];
  const int64_t row = loss_rows(call, l)[1 + block * l.block_tokens + i];
  const float *partial = (const float *)(call.workspace + l.partials_at) + i * l.depth;
  for (int64_t d = 0; d < l.depth; d += LANES) {
    const int n = (int)min64(LANES, l.depth - d);
    Vec total = load(partial + d, n);
    for (int64_t r = 1; r < l.ranges; r++)
      total += load(partial + r * l.block_tokens * l.depth + d, n);
    store_lanes(dx.data, dx.dtype, row * dx.stride[0] + d, total, n);
  }
}

static void loss_clear_untrained(const Call &call, const LossLayout &l, int64_t first,
                                 int64_t end) {
  const Tensor &dx = call.out[LossOut::DX];
  for (int64_t t = first; t < end; t++) {
    int32_t target;
    memcpy(&target, call.in[LossIn::TARGETS].data + t * 4 * call.in[LossIn::TARGETS].stride[0], 4);
    if (target < 0)
      memset(dx.data + t * dx.stride[0] * bytes_of(dx.dtype), 0,
             (size_t)(l.depth * bytes_of(dx.dtype)));
  }
}

// Largest logit after the soft cap, which is applied in place.
static float loss_cap_and_find_largest(float *row, int64_t count, float softcap) {
  Vec most = splat(-__builtin_inff());
  for (int64_t v = 0; v < count; v += LANES) {
    const int n = (int)min64(LANES, count - v);
    Vec z = load(row + v, n);
    if (softcap > 0.0f) {
      z = mul(splat(softcap), tanh(div(z, splat(softcap))));
      store(row + v, z, n);
    }
    if (n == LANES)
      most = max(most, z);
    else
      for (int j = 0; j < n; j++) most = max(most, splat(row[v + j]));
  }
  return largest(most);
}

// Sum of exp(row - most) less 1, where each largest entry counts as exactly 1: added to it,
// thousands of small terms would be lost one by one, and with them the loss, log(1 + rest), of a
// confident prediction.
static double loss_rest(const float *row, int64_t count, float most) {
  double rest = -1.0;
  for (int64_t start = 0; start < count; start += 4096) {
    const int64_t end = min64(count, start + 4096);
    Vec tops = zero(), others = zero();
    int64_t v = start;
    for (; v + LANES <= end; v += LANES) {
      const Vec z = load(row + v);
      const Mask top = equal(z, splat(most));
      tops += select(top, splat(1.0f), zero());
      others += select(top, zero(), exp(z - splat(most)));
    }
    rest += (double)sum(tops) + (double)sum(others);
    for (; v < end; v++) rest += ::exp((double)(row[v] - most));
  }
  return rest;
}

// Softmax of one row and its gradient in place; the row's loss goes to nll and to the list that the
// total is made of.
static void loss_softmax_row(const Call &call, const LossLayout &l, int64_t block, int64_t i,
                             bool with_gradient) {
  if (i >= loss_block_rows(call, l, block)) return;
  const int64_t at = block * l.block_tokens + i, token = loss_rows(call, l)[1 + at];
  float *row = (float *)(call.workspace + l.logits_at) + i * l.vocabulary;
  const float softcap = (float)float_or(call, LossFloat::SOFTCAP, 0.0);
  int32_t target;
  memcpy(&target, call.in[LossIn::TARGETS].data + token * 4 * call.in[LossIn::TARGETS].stride[0],
         4);
  const bool known = target < l.vocabulary;
  const float most = loss_cap_and_find_largest(row, l.vocabulary, softcap);
  const double log_sum = ::log1p(loss_rest(row, l.vocabulary, most));
  const double loss = known ? (double)most - (double)row[target] + log_sum : __builtin_nan("");
  ((double *)(call.workspace + l.losses_at))[at] = loss;
  if (has_out(call, LossOut::TOKEN_LOSSES))
    store_one((float *)call.out[LossOut::TOKEN_LOSSES].data +
                  token * call.out[LossOut::TOKEN_LOSSES].stride[0],
              (float)loss);
  if (!with_gradient) return;
  const float scale =
      scalar_of(call.in[LossIn::SCALE]) *
      (has_in(call, LossIn::GRADIENT) ? scalar_of(call.in[LossIn::GRADIENT]) : 1.0f);
  const float log_total = (float)log_sum, capped = known ? row[target] : 0.0f;
  for (int64_t v = 0; v < l.vocabulary; v += LANES) {
    const int n = (int)min64(LANES, l.vocabulary - v);
    Vec z = load(row + v, n), g = exp(z - splat(most) - splat(log_total)) * splat(scale);
    if (softcap > 0.0f) {
      Vec t = div(z, splat(softcap));
      g = fnma(g, mul(t, t), g);
    }
    store(row + v, g, n);
  }
  if (!known) return;
  const float t = softcap > 0.0f ? capped / softcap : 0.0f;
  row[target] =
      (float)(::expm1(((double)capped - (double)most) - log_sum)) * scale * (1.0f - t * t);
}

static Product loss_logits_product(const Call &call, const LossLayout &l, int64_t block) {
  Product p = l.logits;
  p.left.data = call.workspace + l.x_at;
  p.out = call.workspace + l.logits_at;
  p.rows = loss_block_rows(call, l, block);
  return p;
}

// The first block starts from keep * accumulator, the others add to dW.
static Product loss_dweight_product(const Call &call, const LossLayout &l, int64_t block) {
  Product p = l.dweight;
  const Tensor &dweight = call.out[LossOut::DWEIGHT];
  p.left.data = call.workspace + l.logits_at;
  p.right.data = call.workspace + l.x_at;
  p.depth = loss_block_rows(call, l, block);
  p.out = dweight.data;
  const Tensor *previous = block > 0                           ? &dweight
                           : has_in(call, LossIn::ACCUMULATOR) ? &call.in[LossIn::ACCUMULATOR]
                                                               : nullptr;
  if (previous == nullptr) return p;
  p.previous = previous->data;
  p.previous_dtype = previous->dtype;
  p.previous_row_stride = previous->stride[0];
  p.previous_column_stride = previous->stride[1];
  p.beta = block == 0 && has_in(call, LossIn::KEEP) ? scalar_of(call.in[LossIn::KEEP]) : 1.0f;
  return p;
}

static void loss_dx_chunk(const Call &call, const LossLayout &l, int64_t block, int64_t chunk,
                          char *scratch) {
  const int64_t range = chunk / l.column_tiles, column = chunk % l.column_tiles * DX_COLUMNS,
                first = range * l.range;
  const Tensor &weight = call.in[LossIn::WEIGHT];
  Product p = loss_product(loss_block_rows(call, l, block), min64(DX_COLUMNS, l.depth - column),
                           min64(l.range, l.vocabulary - first), l.logits.bf16_compute);
  p.left = {call.workspace + l.logits_at + first * 4, F32, l.vocabulary, 1};
  p.right = {
      weight.data + (first * weight.stride[0] + column * weight.stride[1]) * bytes_of(weight.dtype),
      weight.dtype, weight.stride[1], weight.stride[0]};
  p.out = call.workspace + l.partials_at + (range * l.block_tokens * l.depth + column) * 4;
  p.out_row_stride = l.depth;
  product_alone(p, scratch);
}

static void loss_finish(const Call &call, const LossLayout &l, int64_t chunk) {
  loss_scatter_row(call, l, l.blocks - 1, chunk);
  if (l.with_dx)
    loss_clear_untrained(call, l, chunk * l.blocks, min64(l.tokens, (chunk + 1) * l.blocks));
  if (chunk > 0 || !has_out(call, LossOut::LOSS)) return;
  const int64_t count = loss_rows(call, l)[0];
  const double *losses = (const double *)(call.workspace + l.losses_at);
  double total = 0.0;
  for (int64_t i = 0; i < count; i++) total += losses[i];
  store_one((float *)call.out[LossOut::LOSS].data,
            (float)(total * (double)scalar_of(call.in[LossIn::SCALE])));
}

template <bool GRADIENT>
static int32_t loss_phase_count(const Call &call) {
  return (int32_t)(2 + LOSS_BLOCK_PHASES * loss_layout(call, GRADIENT).blocks);
}

template <bool GRADIENT>
static int64_t loss_chunks(const Call &call, int32_t phase) {
  const LossLayout l = loss_layout(call, GRADIENT);
  if (phase == 0) return 1;
  if (phase + 1 == loss_phase_count<GRADIENT>(call)) return l.block_tokens;
  switch ((phase - 1) % LOSS_BLOCK_PHASES) {
    case LOSS_GATHER:
      return l.block_tokens;
    case LOSS_PACK:
      return l.logits_grid.pack_chunks + (l.with_dweight ? l.dweight_grid.pack_chunks : 0);
    case LOSS_LOGITS:
      return l.logits_grid.slabs * l.logits_grid.groups;
    case LOSS_SOFTMAX:
      return l.block_tokens;
    default:
      return (l.with_dx ? l.ranges * l.column_tiles : 0) +
             (l.with_dweight ? l.dweight_grid.slabs * l.dweight_grid.groups : 0);
  }
}

static void loss_block_phase(const Call &call, const LossLayout &l, int64_t block, int phase,
                             int64_t chunk, char *scratch, bool with_gradient) {
  char *logits_pack = call.workspace + l.logits_pack_at,
       *dweight_pack = call.workspace + l.dweight_pack_at;
  const int64_t dx_chunks = l.with_dx ? l.ranges * l.column_tiles : 0;
  switch (phase) {
    case LOSS_GATHER:
      if (block > 0) loss_scatter_row(call, l, block - 1, chunk);
      return loss_gather_row(call, l, block, chunk);
    case LOSS_PACK:
      if (chunk < l.logits_grid.pack_chunks)
        return product_pack(loss_logits_product(call, l, block), l.logits_grid, chunk, logits_pack);
      return product_pack(loss_dweight_product(call, l, block), l.dweight_grid,
                          chunk - l.logits_grid.pack_chunks, dweight_pack);
    case LOSS_LOGITS:
      return product_multiply(loss_logits_product(call, l, block), l.logits_grid, chunk,
                              logits_pack, scratch);
    case LOSS_SOFTMAX:
      return loss_softmax_row(call, l, block, chunk,
                              with_gradient && (l.with_dx || l.with_dweight));
    default:
      if (chunk < dx_chunks) return loss_dx_chunk(call, l, block, chunk, scratch);
      return product_multiply(loss_dweight_product(call, l, block), l.dweight_grid,
                              chunk - dx_chunks, dweight_pack, scratch);
  }
}

template <bool GRADIENT>
static void loss_run(const Call &call, int32_t phase, int64_t chunk, char *scratch) {
  const LossLayout l = loss_layout(call, GRADIENT);
  if (phase == 0) return loss_find_rows(call, l);
  if (phase == 1 + LOSS_BLOCK_PHASES * l.blocks) return loss_finish(call, l, chunk);
  loss_block_phase(call, l, (phase - 1) / LOSS_BLOCK_PHASES, (phase - 1) % LOSS_BLOCK_PHASES, chunk,
                   scratch, GRADIENT);
}

template <bool GRADIENT>
static int64_t loss_workspace(const Call &call) {
  return loss_layout(call, GRADIENT).bytes;
}

template <bool GRADIENT>
static int64_t loss_scratch(const Call &call) {
  const LossLayout l = loss_layout(call, GRADIENT);
  int64_t bytes = product_scratch(l.logits_grid);
  if (l.with_dweight) bytes = max64(bytes, product_scratch(l.dweight_grid));
  if (l.with_dx) bytes = max64(bytes, product_alone_scratch(l.block_tokens));
  return bytes;
}

template <bool GRADIENT>
static const char *loss_check(const Call &call) {
  if (call.in_count < 4 || call.in_count > (GRADIENT ? 7 : 4) ||
      call.out_count > (GRADIENT ? 4 : 2))
    return "takes x, W, targets, scale (with gradient also accumulator?, keep?, gradient?) and "
           "gives loss, nll (and dx, dW)";
  const Tensor &x = call.in[LossIn::X], &weight = call.in[LossIn::WEIGHT],
               &targets = call.in[LossIn::TARGETS];
  if (x.rank != 2 || weight.rank != 2 || x.shape[1] != weight.shape[1] || !is_storage(x) ||
      !is_storage(weight))
    return "x must be a float [T,D] and W a float [V,D]";
  if (x.stride[1] != 1) return "rows of x must be contiguous";
  if (targets.rank != 1 || targets.dtype != I32 || targets.shape[0] != x.shape[0])
    return "targets must be i32[T]";
  if (call.in[LossIn::SCALE].rank != 0 || call.in[LossIn::SCALE].dtype != F32)
    return "scale must be an f32 scalar";
  if (has_out(call, LossOut::LOSS) &&
      (call.out[LossOut::LOSS].rank != 0 || call.out[LossOut::LOSS].dtype != F32))
    return "loss must be an f32 scalar";
  if (has_out(call, LossOut::TOKEN_LOSSES) &&
      (call.out[LossOut::TOKEN_LOSSES].rank != 1 || call.out[LossOut::TOKEN_LOSSES].dtype != F32 ||
       call.out[LossOut::TOKEN_LOSSES].shape[0] != x.shape[0]))
    return "nll must be f32[T]";
  auto like = [](const Tensor &t, const Tensor &other) {
    return t.rank == 2 && t.shape[0] == other.shape[0] && t.shape[1] == other.shape[1] &&
           (t.stride[1] == 1 || t.shape[1] == 1) && is_storage(t);
  };
  if (has_out(call, LossOut::DX) && !like(call.out[LossOut::DX], x))
    return "dx must have the shape of x";
  if (has_out(call, LossOut::DWEIGHT) && (!like(call.out[LossOut::DWEIGHT], weight) ||
                                          call.out[LossOut::DWEIGHT].stride[0] != weight.shape[1]))
    return "dW must have the shape of W";
  if (has_in(call, LossIn::ACCUMULATOR) && !like(call.in[LossIn::ACCUMULATOR], weight))
    return "the accumulator must have the shape of W";
  for (int i = 5; i < 7; i++)
    if (has_in(call, i) && (call.in[i].rank != 0 || call.in[i].dtype != F32))
      return "keep and gradient must be f32 scalars";
  return nullptr;
}

constexpr Kernel linear_cross_entropy_kernel = {"linear_cross_entropy",  0,
                                                loss_chunks<false>,      loss_run<false>,
                                                loss_workspace<false>,   loss_scratch<false>,
                                                loss_phase_count<false>, loss_check<false>};
constexpr Kernel linear_cross_entropy_with_gradient_kernel = {"linear_cross_entropy_with_gradient",
                                                              0,
                                                              loss_chunks<true>,
                                                              loss_run<true>,
                                                              loss_workspace<true>,
                                                              loss_scratch<true>,
                                                              loss_phase_count<true>,
                                                              loss_check<true>};

}  // namespace automodel::AM_ISA
