// rms_norm: y = x * rsqrt(mean(x^2) + eps) * (weight_offset + weight) over the last dimension. in:
// x[.., D], weight[D]?. out: y like x, rstd f32[rows]. floats: [eps, weight_offset].
// rms_norm_backward: in: dy[.., D], x, weight?, rstd f32[rows]. out: dx (absent where x is not
// trained), dweight[D] (f32, bf16 or f16; absent or empty without weight). floats: [eps,
// weight_offset].
// Floats of any storage type; rows may have any strides, but the last dimension no gaps. Statistics
// are f32. dweight: partial sums of fixed blocks of rows, combined in their order.

#include "../prelude.h"
#include "../operand.h"
#include "../vector/vector.h"
#include "rows.h"

namespace automodel::AM_ISA {

// Places in the call.
struct RmsNormIn {
  enum { X, WEIGHT };
};
struct RmsNormOut {
  enum { Y, RSTD };
};
struct RmsNormBackwardIn {
  enum { DY, X, WEIGHT, RSTD };
};
struct RmsNormBackwardOut {
  enum { DX, DWEIGHT };
};
struct RmsNormFloat {
  enum { EPS, WEIGHT_OFFSET };
};

AM_INLINE Vec gain_at(const Tensor &weight, Vec offset, int64_t i, int lanes) {
  return present(weight) ? load_lanes(weight.data, weight.dtype, i, lanes) + offset : splat(1.0f);
}

static void rms_norm_run(const Call &call, int32_t, int64_t chunk, char *) {
  const Tensor &x = call.in[RmsNormIn::X], &y = call.out[RmsNormOut::Y];
  const Tensor weight = has_in(call, RmsNormIn::WEIGHT) ? call.in[RmsNormIn::WEIGHT]
                                                        : Tensor{nullptr, F32, -1, {}, {}};
  const int64_t width = width_of(x), rows = norm_rows(x),
                end = min64(rows_of(x), (chunk + 1) * rows);
  const float eps = (float)call.floats[RmsNormFloat::EPS];
  const Vec offset = splat((float)float_or(call, RmsNormFloat::WEIGHT_OFFSET, 0.0));
  for (int64_t r = chunk * rows; r < end; r++) {
    const char *from = row_at(x, r);
    char *to = row_at(y, r);
    const float rstd = 1.0f / sqrtf(sum_of_squares(from, x.dtype, width) / (float)width + eps);
    if (has_out(call, RmsNormOut::RSTD))
      store_one((float *)call.out[RmsNormOut::RSTD].data + r, rstd);
    for (int64_t i = 0; i < width; i += LANES) {
      const int lanes = (int)min64(LANES, width - i);
      store_lanes(
          to, y.dtype, i,
          load_lanes(from, x.dtype, i, lanes) * splat(rstd) * gain_at(weight, offset, i, lanes),
          lanes);
    }
  }
}

static int64_t rms_norm_chunks(const Call &call, int32_t) {
  return norm_chunks(call.in[RmsNormIn::X]);
}

static const char *rms_norm_check(const Call &call) {
  if (call.in_count < 1 || call.out_count < 1 || call.float_count < 1)
    return "takes x, weight? and gives y, rstd; floats are eps and weight_offset";
  if (!same_shape(call.in[RmsNormIn::X], call.out[RmsNormOut::Y]) ||
      !has_dense_rows(call.out[RmsNormOut::Y]))
    return "y must have the shape of x and a last dimension without gaps";
  return norm_check(call.in[RmsNormIn::X],
                    has_in(call, RmsNormIn::WEIGHT) ? &call.in[RmsNormIn::WEIGHT] : nullptr);
}

static bool wants_weight_gradient(const Call &call) {
  return has_out(call, RmsNormBackwardOut::DWEIGHT) &&
         elements(call.out[RmsNormBackwardOut::DWEIGHT]) > 0;
}

// One row: dx = rstd * (u - x * rstd^2 * mean(u * x)) with u = dy * gain; adds dy * x * rstd to
// `partial`.
static void rms_norm_row_backward(const Call &call, int64_t r, const Tensor &weight, Vec offset,
                                  float *partial) {
  const Tensor &dy = call.in[RmsNormBackwardIn::DY], &x = call.in[RmsNormBackwardIn::X],
               &dx = call.out[RmsNormBackwardOut::DX];
  const int64_t width = width_of(x);
  const char *gradient = row_at(dy, r), *from = row_at(x, r);
  const float rstd = load_one((const float *)call.in[RmsNormBackwardIn::RSTD].data + r);
  Vec dot[2] = {zero(), zero()};
  for (int64_t i = 0, k = 0; i < width; i += LANES, k ^= 1) {
    const int lanes = (int)min64(LANES, width - i);
    const Vec g = load_lanes(gradient, dy.dtype, i, lanes), v = load_lanes(from, x.dtype, i, lanes);
    dot[k] = fma(g * gain_at(weight, offset, i, lanes), v, dot[k]);
    if (partial != nullptr)
      store(partial + i, fma(g * splat(rstd), v, load(partial + i, lanes)), lanes);
  }
  if (!present(dx)) return;
  char *to = row_at(dx, r);
  const Vec factor = splat(sum(dot[0] + dot[1]) / (float)width * rstd * rstd);
  for (int64_t i = 0; i < width; i += LANES) {
    const int lanes = (int)min64(LANES, width - i);
    const Vec u = load_lanes(gradient, dy.dtype, i, lanes) * gain_at(weight, offset, i, lanes);
    store_lanes(to, dx.dtype, i, splat(rstd) * fnma(load_lanes(from, x.dtype, i, lanes), factor, u),
                lanes);
  }
}

static void rms_norm_backward_run(const Call &call, int32_t phase, int64_t chunk, char *) {
  const Tensor &x = call.in[RmsNormBackwardIn::X];
  const Tensor weight = has_in(call, RmsNormBackwardIn::WEIGHT) ? call.in[RmsNormBackwardIn::WEIGHT]
                                                                : Tensor{nullptr, F32, -1, {}, {}};
  const int64_t width = width_of(x), rows = norm_rows(x),
                end = min64(rows_of(x), (chunk + 1) * rows);
  float *partials = (float *)call.workspace;
  if (phase == 1)
    return combine_partials(partials, norm_chunks(x), width, chunk,
                            call.out[RmsNormBackwardOut::DWEIGHT]);
  float *partial = wants_weight_gradient(call) ? partials + chunk * width : nullptr;
  if (partial != nullptr) memset(partial, 0, (size_t)width * 4);
  const Vec offset = splat((float)float_or(call, RmsNormFloat::WEIGHT_OFFSET, 0.0));
  for (int64_t r = chunk * rows; r < end; r++)
    rms_norm_row_backward(call, r, weight, offset, partial);
}

static int64_t rms_norm_backward_chunks(const Call &call, int32_t phase) {
  if (phase == 0) return norm_chunks(call.in[RmsNormBackwardIn::X]);
  return wants_weight_gradient(call)
             ? ceil_div(width_of(call.in[RmsNormBackwardIn::X]), NORM_COLUMNS)
             : 0;
}
static int64_t rms_norm_backward_workspace(const Call &call) {
  return wants_weight_gradient(call) ? norm_chunks(call.in[RmsNormBackwardIn::X]) *
                                           width_of(call.in[RmsNormBackwardIn::X]) * 4
                                     : 0;
}

static const char *rms_norm_backward_check(const Call &call) {
  if (call.in_count < 4 || call.out_count < 1 || call.float_count < 1)
    return "takes dy, x, weight?, rstd and gives dx, dweight; floats are eps and weight_offset";
  if (!same_shape(call.in[RmsNormBackwardIn::DY], call.in[RmsNormBackwardIn::X]) ||
      !has_dense_rows(call.in[RmsNormBackwardIn::DY]) ||
      (present(call.out[RmsNormBackwardOut::DX]) &&
       (!same_shape(call.out[RmsNormBackwardOut::DX], call.in[RmsNormBackwardIn::X]) ||
        !has_dense_rows(call.out[RmsNormBackwardOut::DX]))))
    return "dy and dx must have the shape of x and a last dimension without gaps";
  if (call.in[RmsNormBackwardIn::RSTD].dtype != F32 ||
      !is_dense(call.in[RmsNormBackwardIn::RSTD]) ||
      elements(call.in[RmsNormBackwardIn::RSTD]) != rows_of(call.in[RmsNormBackwardIn::X]))
    return "rstd must be f32, one a row";
  if (wants_weight_gradient(call) &&
      (elements(call.out[RmsNormBackwardOut::DWEIGHT]) != width_of(call.in[RmsNormBackwardIn::X]) ||
       !is_float(call.out[RmsNormBackwardOut::DWEIGHT].dtype)))
    return "dweight must be a float row as wide as x";
  return norm_check(call.in[RmsNormBackwardIn::X], has_in(call, RmsNormBackwardIn::WEIGHT)
                                                       ? &call.in[RmsNormBackwardIn::WEIGHT]
                                                       : nullptr);
}

constexpr Kernel rms_norm_kernel = {"rms_norm", 1,       rms_norm_chunks, rms_norm_run,
                                    nullptr,    nullptr, nullptr,         rms_norm_check};
constexpr Kernel rms_norm_backward_kernel = {"rms_norm_backward",
                                             2,
                                             rms_norm_backward_chunks,
                                             rms_norm_backward_run,
                                             rms_norm_backward_workspace,
                                             nullptr,
                                             nullptr,
                                             rms_norm_backward_check};

}  // namespace automodel::AM_ISA
