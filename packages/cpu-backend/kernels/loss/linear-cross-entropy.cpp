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
  const Tensor &x = call.in[0], &weight = call.in[1];
  const bool bf16_compute = int_or(call, 0, 0) != 0;
  LossLayout l = {};
  l.tokens = x.shape[0];
  l.depth = x.shape[1];
  l.vocabulary = weight.shape[0];
  l.with_dx = with_gradient && has_out(call, 2);
  l.with_dweight = with_gradient && has_out(call, 3);
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
  if (l.with_dweight) l.dweight.out_dtype = call.out[3].dtype;
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

// The trained rows in order, behind their number.
AM_INLINE int64_t *loss_rows(const Call &call, const LossLayout &l) {
  return (int64_t *)(call.workspace + l.rows_at);
}

static void loss_find_rows(const Call &call, const LossLayout &l) {
  int64_t *rows = loss_rows(call, l), count = 0;
  for (int64_t t = 0; t < l.tokens; t++) {
    int32_t target;
    memcpy(&target, call.in[2].data + t * 4 * call.in[2].stride[0], 4);
    if (target >= 0)
      rows[++count] = t;
    else if (has_out(call, 1))
      store_one((float *)call.out[1].data + t * call.out[1].stride[0], 0.0f);
  }
  rows[0] = count;
}

// Rows of a block that are trained.
static int64_t loss_block_rows(const Call &call, const LossLayout &l, int64_t block) {
  return max64(0, min64(l.block_tokens, loss_rows(call, l)[0] - block * l.block_tokens));
}

// Row `i` of a block: copied into the block's x; the same row of the block before: its dx is summed
// and written.
static void loss_gather_row(const Call &call, const LossLayout &l, int64_t block, int64_t i) {
  const Tensor &x = call.in[0];
  if (i >= loss_block_rows(call, l, block)) return;
  const int64_t row = loss_rows(call, l)[1 + block * l.block_tokens + i], bytes = bytes_of(x.dtype);
  memcpy(call.workspace + l.x_at + i * l.depth * bytes, x.data + row * x.stride[0] * bytes,
         (size_t)(l.depth * bytes));
}

static void loss_scatter_row(const Call &call, const LossLayout &l, int64_t block, int64_t i) {
  if (!l.with_dx || i >= loss_block_rows(call, l, block)) return;
  const Tensor &dx = call.out[2];
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
  const Tensor &dx = call.out[2];
  for (int64_t t = first; t < end; t++) {
    int32_t target;
    memcpy(&target, call.in[2].data + t * 4 * call.in[2].stride[0], 4);
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

// Sum of exp(row - most) less 1, where each largest entry counts as exactly 1: beside it thousands
// of small terms would be lost one by one, and with them the loss, log(1 + rest), of a sure
// prediction.
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
  const float softcap = (float)float_or(call, 0, 0.0);
  int32_t target;
  memcpy(&target, call.in[2].data + token * 4 * call.in[2].stride[0], 4);
  const bool known = target < l.vocabulary;
  const float most = loss_cap_and_find_largest(row, l.vocabulary, softcap);
  const double log_sum = ::log1p(loss_rest(row, l.vocabulary, most));
  const double loss = known ? (double)most - (double)row[target] + log_sum : __builtin_nan("");
  ((double *)(call.workspace + l.losses_at))[at] = loss;
  if (has_out(call, 1))
    store_one((float *)call.out[1].data + token * call.out[1].stride[0], (float)loss);
  if (!with_gradient) return;
  const float scale = scalar_of(call.in[3]) * (has_in(call, 6) ? scalar_of(call.in[6]) : 1.0f);
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
  const Tensor &dweight = call.out[3];
  p.left.data = call.workspace + l.logits_at;
  p.right.data = call.workspace + l.x_at;
  p.depth = loss_block_rows(call, l, block);
  p.out = dweight.data;
  const Tensor *previous = block > 0 ? &dweight : has_in(call, 4) ? &call.in[4] : nullptr;
  if (previous == nullptr) return p;
  p.previous = previous->data;
  p.previous_dtype = previous->dtype;
  p.previous_row_stride = previous->stride[0];
  p.previous_column_stride = previous->stride[1];
  p.beta = block == 0 && has_in(call, 5) ? scalar_of(call.in[5]) : 1.0f;
  return p;
}

static void loss_dx_chunk(const Call &call, const LossLayout &l, int64_t block, int64_t chunk,
                          char *scratch) {
  const int64_t range = chunk / l.column_tiles, column = chunk % l.column_tiles * DX_COLUMNS,
                first = range * l.range;
  const Tensor &weight = call.in[1];
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
  if (chunk > 0 || !has_out(call, 0)) return;
  const int64_t count = loss_rows(call, l)[0];
  const double *losses = (const double *)(call.workspace + l.losses_at);
  double total = 0.0;
  for (int64_t i = 0; i < count; i++) total += losses[i];
  store_one((float *)call.out[0].data, (float)(total * (double)scalar_of(call.in[3])));
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
  const Tensor &x = call.in[0], &weight = call.in[1], &targets = call.in[2];
  if (x.rank != 2 || weight.rank != 2 || x.shape[1] != weight.shape[1] || !is_storage(x) ||
      !is_storage(weight))
    return "x must be a float [T,D] and W a float [V,D]";
  if (x.stride[1] != 1) return "rows of x must be contiguous";
  if (targets.rank != 1 || targets.dtype != I32 || targets.shape[0] != x.shape[0])
    return "targets must be i32[T]";
  if (call.in[3].rank != 0 || call.in[3].dtype != F32) return "scale must be an f32 scalar";
  if (has_out(call, 0) && (call.out[0].rank != 0 || call.out[0].dtype != F32))
    return "loss must be an f32 scalar";
  if (has_out(call, 1) &&
      (call.out[1].rank != 1 || call.out[1].dtype != F32 || call.out[1].shape[0] != x.shape[0]))
    return "nll must be f32[T]";
  auto like = [](const Tensor &t, const Tensor &other) {
    return t.rank == 2 && t.shape[0] == other.shape[0] && t.shape[1] == other.shape[1] &&
           (t.stride[1] == 1 || t.shape[1] == 1) && is_storage(t);
  };
  if (has_out(call, 2) && !like(call.out[2], x)) return "dx must have the shape of x";
  if (has_out(call, 3) && (!like(call.out[3], weight) || call.out[3].stride[0] != weight.shape[1]))
    return "dW must have the shape of W";
  if (has_in(call, 4) && !like(call.in[4], weight))
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
