// The functions of parametric.cpp as tables of block functions.
#pragma once

#include "../prelude.h"
#include "../activation/functions.h"
#include "../operand.h"
#include "../vector/math.h"
#include "../vector/vector.h"
#include "convert.h"
#include "elementwise.h"

namespace automodel::AM_ISA {

template <int A>
struct Activated {
  AM_INLINE Vec of(Vec x) { return activate<A>(x); }
};

static void gelu_floats(float *const *y, const float *const *x, int n, const Attributes &a) {
  if (int_or(a.call, 0, 0) != 0)
    unary_floats<Activated<GELU_TANH>>(y, x, n, a);
  else
    unary_floats<Activated<GELU_ERF>>(y, x, n, a);
}
static void gelu_doubles(double *const *y, const double *const *x, int n, const Attributes &a) {
  const bool approximate = int_or(a.call, 0, 0) != 0;
  for (int i = 0; i < n; i++) y[0][i] = gelu(x[0][i], approximate);
}

// max(z, 0) + ln(1 + e^-|z|) with z = beta * x does not overflow.
static void softplus_floats(float *const *y, const float *const *x, int n, const Attributes &a) {
  const Vec beta = splat((float)float_or(a.call, 0, 1.0)),
            threshold = splat((float)float_or(a.call, 1, 20.0));
  for (int i = 0; i < n; i += LANES) {
    const int lanes = (int)min64(LANES, n - i);
    const Vec own = load(x[0] + i, lanes), z = own * beta;
    const Vec soft = (max(z, zero()) + log1p(exp(neg(abs(z))))) / beta;
    store(y[0] + i, select(is_nan(z), z, select(less(threshold, z), own, soft)), lanes);
  }
}
template <class T>
static void softplus_scalars(T *const *y, const T *const *x, int n, const Attributes &a) {
  const double beta = float_or(a.call, 0, 1.0), threshold = float_or(a.call, 1, 20.0);
  for (int i = 0; i < n; i++) {
    const double scaled = beta * (double)x[0][i];
    y[0][i] = scaled > threshold ? x[0][i] : (T)(::log1p(::exp(scaled)) / beta);
  }
}

template <class T>
static void clamp_scalars(T *const *y, const T *const *x, int n, const Attributes &a) {
  const T low = (T)float_or(a.call, 0, -__builtin_inf()),
          high = (T)float_or(a.call, 1, __builtin_inf());
  for (int i = 0; i < n; i++) {
    const T raised = x[0][i] < low ? low : x[0][i];
    y[0][i] = raised > high ? high : raised;
  }
}
static void clamp_wholes(int64_t *const *y, const int64_t *const *x, int n, const Attributes &a) {
  const double min = float_or(a.call, 0, -__builtin_inf()),
               max = float_or(a.call, 1, __builtin_inf());
  const int64_t low = truncate(min),
                high = max >= 9223372036854775808.0 ? INT64_MAX : truncate(max);
  for (int i = 0; i < n; i++) y[0][i] = min64(max64(x[0][i], low), high);
}

static void soft_cap_floats(float *const *y, const float *const *x, int n, const Attributes &a) {
  const Vec cap = splat((float)float_or(a.call, 0, 1.0));
  for (int i = 0; i < n; i += LANES) {
    const int lanes = (int)min64(LANES, n - i);
    store(y[0] + i, cap * tanh(load(x[0] + i, lanes) / cap), lanes);
  }
}
static void soft_cap_backward_floats(float *const *y, const float *const *x, int n,
                                     const Attributes &a) {
  const Vec cap = splat((float)float_or(a.call, 0, 1.0));
  for (int i = 0; i < n; i += LANES) {
    const int lanes = (int)min64(LANES, n - i);
    const Vec t = tanh(load(x[1] + i, lanes) / cap);
    store(y[0] + i, load(x[0] + i, lanes) * fnma(t, t, splat(1.0f)), lanes);
  }
}

static constexpr Elementwise gelu_functions = {1, 1, gelu_floats, gelu_doubles, nullptr};
static constexpr Elementwise softplus_functions = {1, 1, softplus_floats, softplus_scalars<double>,
                                                   nullptr};
static constexpr Elementwise clamp_functions = {1, 1, clamp_scalars<float>, clamp_scalars<double>,
                                                clamp_wholes};
static constexpr Elementwise soft_cap_functions = {1, 1, soft_cap_floats, nullptr, nullptr};
static constexpr Elementwise soft_cap_backward_functions = {2, 1, soft_cap_backward_floats, nullptr,
                                                            nullptr};

}  // namespace automodel::AM_ISA
