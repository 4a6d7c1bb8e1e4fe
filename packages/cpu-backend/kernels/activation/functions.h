// Activation functions and their derivatives over vectors, by the numbers of the kernels' attribute
// `activation`. The f64 versions are for small evaluations.
#pragma once

#include "../prelude.h"
#include "../vector/math.h"
#include "../vector/vector.h"

namespace automodel::AM_ISA {

enum Activation {
  SILU = 0,
  GELU_TANH = 1,
  GELU_ERF = 2,
  RELU = 3,
  SIGMOID = 4,
  RELU_SQUARED = 5,
  QUICK_GELU = 6,
  ACTIVATIONS = 7
};

constexpr float SQRT_HALF = 0.70710678118654752f, SQRT_TWO_OVER_PI = 0.79788456080286536f,
                GELU_CUBIC = 0.044715f, INVERSE_SQRT_TWO_PI = 0.39894228040143268f;

AM_INLINE Vec relu(Vec x) { return select(less_equal(x, zero()), zero(), x); }
AM_INLINE Vec half_plus_half(Vec x) { return fma(splat(0.5f), x, splat(0.5f)); }
AM_INLINE Vec gelu_tanh_inner(Vec x) {
  return splat(SQRT_TWO_OVER_PI) * x * fma(splat(GELU_CUBIC) * x, x, splat(1.0f));
}

// x * sigmoid(x / 1): written as one division, so that large negative x gives -0 and not NaN.
AM_INLINE Vec scaled_silu(Vec x, float scale) { return x / (splat(1.0f) + exp(splat(-scale) * x)); }

template <int A>
AM_INLINE Vec activate(Vec x) {
  if constexpr (A == SILU) return scaled_silu(x, 1.0f);
  if constexpr (A == GELU_TANH) return x * half_plus_half(tanh(gelu_tanh_inner(x)));
  if constexpr (A == GELU_ERF) return x * half_plus_half(erf(x * splat(SQRT_HALF)));
  if constexpr (A == RELU) return relu(x);
  if constexpr (A == SIGMOID) return sigmoid(x);
  if constexpr (A == RELU_SQUARED) return relu(x) * relu(x);
  if constexpr (A == QUICK_GELU) return scaled_silu(x, 1.702f);
}

struct Slope {
  Vec value, slope;
};

// Value and derivative of x * sigmoid(scale * x).
AM_INLINE Slope silu_slope(Vec x, float scale) {
  const Vec s = sigmoid(splat(scale) * x);
  return {x * s, s * fma(splat(scale) * x, splat(1.0f) - s, splat(1.0f))};
}

template <int A>
AM_INLINE Slope slope_of(Vec x) {
  if constexpr (A == SILU) return silu_slope(x, 1.0f);
  if constexpr (A == GELU_TANH) {
    const Vec t = tanh(gelu_tanh_inner(x)), cdf = half_plus_half(t);
    const Vec inner = splat(SQRT_TWO_OVER_PI) * fma(splat(3.0f * GELU_CUBIC) * x, x, splat(1.0f));
    return {x * cdf, fma(splat(0.5f) * x * fnma(t, t, splat(1.0f)), inner, cdf)};
  }
  if constexpr (A == GELU_ERF) {
    const Vec cdf = half_plus_half(erf(x * splat(SQRT_HALF)));
    return {x * cdf, fma(x, splat(INVERSE_SQRT_TWO_PI) * exp(splat(-0.5f) * x * x), cdf)};
  }
  if constexpr (A == RELU) return {relu(x), select(less(zero(), x), splat(1.0f), zero())};
  if constexpr (A == SIGMOID) {
    const Vec s = sigmoid(x);
    return {s, s * (splat(1.0f) - s)};
  }
  if constexpr (A == RELU_SQUARED) return {relu(x) * relu(x), splat(2.0f) * relu(x)};
  if constexpr (A == QUICK_GELU) return silu_slope(x, 1.702f);
}

AM_INLINE double silu(double x) { return x / (1.0 + ::exp(-x)); }
AM_INLINE double gelu(double x, bool approximate) {
  const double cdf = approximate
                         ? 0.5 + 0.5 * ::tanh(0.79788456080286535588 * (x + 0.044715 * x * x * x))
                         : 0.5 + 0.5 * ::erf(x * 0.70710678118654752440);
  return x * cdf;
}

}  // namespace automodel::AM_ISA
