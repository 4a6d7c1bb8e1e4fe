// layer_norm: y = (x - mean) * rstd * weight + bias over the last dimension. in: x[.., D],
// weight[D]?, bias[D]?. out: y like x, mean f32[rows]?, rstd f32[rows]?. floats: [eps].
// layer_norm_backward: in: dy, x, weight?, mean, rstd. out: dx, dweight[D]?, dbias[D]? (f32, bf16
// or f16; absent or empty where there is none). floats: [eps].
// Floats of any storage type; rows may have any strides, but the last dimension no gaps. Two passes
// over a row give the variance; sums over rows are combined in a fixed order.

#include "../prelude.h"
#include "../operand.h"
#include "../vector/vector.h"
#include "rows.h"

namespace automodel::AM_ISA {

// Places in the call.
struct LayerNormIn {
  enum { X, WEIGHT, BIAS };
};
struct LayerNormOut {
  enum { Y, MEAN, RSTD };
};
struct LayerNormBackwardIn {
  enum { DY, X, WEIGHT, MEAN, RSTD };
};
struct LayerNormBackwardOut {
  enum { DX, DWEIGHT, DBIAS };
};
struct LayerNormFloat {
  enum { EPS };
};

AM_INLINE Vec row_lanes(const Tensor &t, int64_t i, int lanes, float otherwise) {
  return present(t) ? load_lanes(t.data, t.dtype, i, lanes) : splat(otherwise);
}
AM_INLINE Tensor operand_or_absent(const Call &call, int i) {
  return has_in(call, i) ? call.in[i] : Tensor{nullptr, F32, -1, {}, {}};
}

// Sum over the row of (x - mean)^2, or of x if the mean is not to be subtracted. Lanes beyond the
// row do not count.
static float row_sum(const char *row, DType dtype, int64_t width, float mean, bool squares) {
  Vec total[2] = {zero(), zero()};
  int64_t i = 0;
  for (int k = 0; i + LANES <= width; i += LANES, k ^= 1) {
    const Vec x = load_lanes(row, dtype, i) - splat(mean);
    total[k] = squares ? fma(x, x, total[k]) : total[k] + x;
  }
  float rest = sum(total[0] + total[1]);
  for (; i < width; i++) {
    const float x = element_at(row, dtype, i) - mean;
    rest += squares ? x * x : x;
  }
  return rest;
}

static void layer_norm_run(const Call &call, int32_t, int64_t chunk, char *) {
  const Tensor &x = call.in[LayerNormIn::X], &y = call.out[LayerNormOut::Y];
  const Tensor weight = operand_or_absent(call, 1), bias = operand_or_absent(call, 2);
  const int64_t width = width_of(x), rows = norm_rows(x),
                end = min64(rows_of(x), (chunk + 1) * rows);
  for (int64_t r = chunk * rows; r < end; r++) {
    const char *from = row_at(x, r);
    char *to = row_at(y, r);
    const float mean = row_sum(from, x.dtype, width, 0.0f, false) / (float)width;
    const float rstd = 1.0f / sqrtf(row_sum(from, x.dtype, width, mean, true) / (float)width +
                                    (float)call.floats[LayerNormFloat::EPS]);
    if (has_out(call, LayerNormOut::MEAN))
      store_one((float *)call.out[LayerNormOut::MEAN].data + r, mean);
    if (has_out(call, LayerNormOut::RSTD))
      store_one((float *)call.out[LayerNormOut::RSTD].data + r, rstd);
    for (int64_t i = 0; i < width; i += LANES) {
      const int lanes = (int)min64(LANES, width - i);
      const Vec scaled = (load_lanes(from, x.dtype, i, lanes) - splat(mean)) * splat(rstd);
      store_lanes(to, y.dtype, i,
                  fma(scaled, row_lanes(weight, i, lanes, 1.0f), row_lanes(bias, i, lanes, 0.0f)),
                  lanes);
    }
  }
}

static int64_t layer_norm_chunks(const Call &call, int32_t) {
  return norm_chunks(call.in[LayerNormIn::X]);
}

static const char *layer_norm_check(const Call &call) {
  if (call.in_count < 1 || call.out_count < 1 || call.float_count < 1)
    return "takes x, weight?, bias? and gives y, mean, rstd; floats are eps";
  if (!same_shape(call.in[LayerNormIn::X], call.out[LayerNormOut::Y]) ||
      !has_dense_rows(call.out[LayerNormOut::Y]))
    return "y must have the shape of x and a last dimension without gaps";
  const char *complaint = has_in(call, LayerNormIn::BIAS)
                              ? norm_check(call.in[LayerNormIn::X], &call.in[LayerNormIn::BIAS])
                              : nullptr;
  return complaint != nullptr
             ? complaint
             : norm_check(call.in[LayerNormIn::X], has_in(call, LayerNormIn::WEIGHT)
                                                       ? &call.in[LayerNormIn::WEIGHT]
                                                       : nullptr);
}

static bool wants_row_sum(const Call &call, int out) {
  return has_out(call, out) && elements(call.out[out]) > 0;
}

// One row: with u = dy * weight and n = (x - mean) * rstd: dx = rstd * (u - mean(u) - n * mean(u *
// n)). Adds dy * n and dy to the partial sums.
static void layer_norm_row_backward(const Call &call, int64_t r, const Tensor &weight,
                                    float *dweight, float *dbias) {
  const Tensor &dy = call.in[LayerNormBackwardIn::DY], &x = call.in[LayerNormBackwardIn::X],
               &dx = call.out[LayerNormBackwardOut::DX];
  const int64_t width = width_of(x);
  const char *gradient = row_at(dy, r), *from = row_at(x, r);
  char *to = row_at(dx, r);
  const float rstd = load_one((const float *)call.in[LayerNormBackwardIn::RSTD].data + r);
  const Vec mean = splat(load_one((const float *)call.in[LayerNormBackwardIn::MEAN].data + r)),
            scale = splat(rstd);
  Vec sum_u = zero(), sum_un = zero();
  for (int64_t i = 0; i < width; i += LANES) {
    const int lanes = (int)min64(LANES, width - i);
    const Vec g = load_lanes(gradient, dy.dtype, i, lanes),
              n = (load_lanes(from, x.dtype, i, lanes) - mean) * scale;
    const Vec u = g * row_lanes(weight, i, lanes, 1.0f);  // 0 beyond the row, because g is
    sum_u += u;
    sum_un = fma(u, n, sum_un);
    if (dweight != nullptr) store(dweight + i, fma(g, n, load(dweight + i, lanes)), lanes);
    if (dbias != nullptr) store(dbias + i, g + load(dbias + i, lanes), lanes);
  }
  const Vec mean_u = splat(sum(sum_u) / (float)width), mean_un = splat(sum(sum_un) / (float)width);
  for (int64_t i = 0; i < width; i += LANES) {
    const int lanes = (int)min64(LANES, width - i);
    const Vec n = (load_lanes(from, x.dtype, i, lanes) - mean) * scale;
    const Vec u = load_lanes(gradient, dy.dtype, i, lanes) * row_lanes(weight, i, lanes, 1.0f);
    store_lanes(to, dx.dtype, i, scale * fnma(n, mean_un, u - mean_u), lanes);
  }
}

static void layer_norm_backward_run(const Call &call, int32_t phase, int64_t chunk, char *) {
  const Tensor &x = call.in[LayerNormBackwardIn::X];
  const int64_t width = width_of(x), count = norm_chunks(x), rows = norm_rows(x),
                end = min64(rows_of(x), (chunk + 1) * rows);
  float *dweights = (float *)call.workspace, *dbiases = dweights + count * width;
  if (phase == 1) {
    if (wants_row_sum(call, 1))
      combine_partials(dweights, count, width, chunk, call.out[LayerNormBackwardOut::DWEIGHT]);
    if (wants_row_sum(call, 2))
      combine_partials(dbiases, count, width, chunk, call.out[LayerNormBackwardOut::DBIAS]);
    return;
  }
  float *dweight = wants_row_sum(call, 1) ? dweights + chunk * width : nullptr,
        *dbias = wants_row_sum(call, 2) ? dbiases + chunk * width : nullptr;
  if (dweight != nullptr) memset(dweight, 0, (size_t)width * 4);
  if (dbias != nullptr) memset(dbias, 0, (size_t)width * 4);
  const Tensor weight = operand_or_absent(call, 2);
  for (int64_t r = chunk * rows; r < end; r++)
    layer_norm_row_backward(call, r, weight, dweight, dbias);
}

static int64_t layer_norm_backward_chunks(const Call &call, int32_t phase) {
  return phase == 0 ? norm_chunks(call.in[LayerNormBackwardIn::X])
                    : ceil_div(width_of(call.in[LayerNormBackwardIn::X]), NORM_COLUMNS);
}
static int64_t layer_norm_backward_workspace(const Call &call) {
  return 2 * norm_chunks(call.in[LayerNormBackwardIn::X]) *
         width_of(call.in[LayerNormBackwardIn::X]) * 4;
}

static const char *layer_norm_backward_check(const Call &call) {
  if (call.in_count < 5 || call.out_count < 1)
    return "takes dy, x, weight?, mean, rstd and gives dx, dweight, dbias";
  if (!same_shape(call.in[LayerNormBackwardIn::DY], call.in[LayerNormBackwardIn::X]) ||
      !same_shape(call.out[LayerNormBackwardOut::DX], call.in[LayerNormBackwardIn::X]) ||
      !has_dense_rows(call.in[LayerNormBackwardIn::DY]) ||
      !has_dense_rows(call.out[LayerNormBackwardOut::DX]))
    return "dy and dx must have the shape of x and a last dimension without gaps";
  for (int i = 3; i < 5; i++) {
    if (call.in[i].dtype != F32 || !is_dense(call.in[i]) ||
        elements(call.in[i]) != rows_of(call.in[LayerNormBackwardIn::X]))
      return "mean and rstd must be f32, one a row";
  }
  return norm_check(call.in[LayerNormBackwardIn::X], has_in(call, LayerNormBackwardIn::WEIGHT)
                                                         ? &call.in[LayerNormBackwardIn::WEIGHT]
                                                         : nullptr);
}

constexpr Kernel layer_norm_kernel = {"layer_norm", 1,       layer_norm_chunks, layer_norm_run,
                                      nullptr,      nullptr, nullptr,           layer_norm_check};
constexpr Kernel layer_norm_backward_kernel = {"layer_norm_backward",
                                               2,
                                               layer_norm_backward_chunks,
                                               layer_norm_backward_run,
                                               layer_norm_backward_workspace,
                                               nullptr,
                                               nullptr,
                                               layer_norm_backward_check};

}  // namespace automodel::AM_ISA
