// exp, log, log1p, tanh, sigmoid and erf over vectors, within about two units in the last place
// over the whole range of f32: infinities, NaN and denormals included.
// Range reductions after Cody and Waite; the polynomials were fitted here (minimax by reweighted
// least squares against 40-digit values).
#pragma once

#include "../prelude.h"
#include "vector.h"

namespace automodel::AM_ISA {

// lowest power first
template <int N>
AM_INLINE Vec polynomial(Vec x, const float (&coefficients)[N]) {
  Vec y = splat(coefficients[N - 1]);
#pragma GCC unroll 16
  for (int i = N - 2; i >= 0; i--) y = fma(y, x, splat(coefficients[i]));
  return y;
}

constexpr float EXP_TERMS[] = {4.999999404e-01f, 1.666651964e-01f, 4.166839272e-02f,
                               8.368780836e-03f, 1.381446607e-03f};
constexpr float LOG_TERMS[] = {3.333331347e-01f,  -2.500000894e-01f, 2.000211924e-01f,
                               -1.666799635e-01f, 1.421955228e-01f,  -1.240558922e-01f,
                               1.188816205e-01f,  -1.167565212e-01f, 6.746640801e-02f};
constexpr float TANH_TERMS[] = {-3.333328366e-01f, 1.333149076e-01f, -5.374349654e-02f,
                                2.065058798e-02f, -5.717045162e-03f};
constexpr float ERF_TERMS[] = {1.283791671e-01f,  -3.761262596e-01f, 1.128360033e-01f,
                               -2.685444430e-02f, 5.189535674e-03f,  -8.020842215e-04f,
                               7.889122935e-05f};
constexpr float ERFC_LOG_TERMS[] = {1.128694296e+00f,  6.349694729e-01f, 1.065309197e-01f,
                                    -2.401011623e-02f, 3.757499624e-03f, -3.505976638e-04f,
                                    1.396301104e-05f};

// e^x = 2^n e^r with r in [-ln2/2, ln2/2]; ln 2 is subtracted in two parts, the first of which has
// few bits.
AM_INLINE Vec exp(Vec x) {
  // a NaN passes: min and max give their second operand
  Vec clamped = max(splat(-105.0f), min(splat(89.0f), x));
  Vec n = round_even(mul(clamped, splat(1.44269504f)));
  Vec r = fnma(n, splat(-2.12194440e-4f), fnma(n, splat(0.693359375f), clamped));
  Vec series = fma(mul(r, r), polynomial(r, EXP_TERMS), r);
  return scale_by_power(add(series, splat(1.0f)), n);
}

// log x = e ln2 + log m with m in [sqrt(1/2), sqrt(2)).
AM_INLINE Vec log(Vec x) {
  Mask small = less(x, splat(1.17549435e-38f));
  Vec e, m = split_exponent(select(small, mul(x, splat(33554432.0f)), x), e);
  e = sub(e, select(small, splat(25.0f), splat(0.0f)));
  Mask low = less(m, splat(0.707106781f));
  e = sub(e, select(low, splat(1.0f), splat(0.0f)));
  Vec f = sub(select(low, add(m, m), m), splat(1.0f)), square = mul(f, f);
  Vec tail = mul(mul(f, square), polynomial(f, LOG_TERMS));
  tail = fma(e, splat(-2.12194440e-4f), tail);
  tail = fnma(splat(0.5f), square, tail);
  Vec y = fma(e, splat(0.693359375f), add(f, tail));
  Vec infinity = splat(__builtin_inff());
  y = select(equal(x, infinity), infinity, y);
  y = select(equal(x, splat(0.0f)), neg(infinity), y);
  return select(either(is_nan(x), less(x, splat(0.0f))), splat(__builtin_nanf("")), y);
}

// log(1 + x) as log(u) x / (u - 1) with u = 1 + x rounded: the quotient cancels the rounding
// (Kahan).
AM_INLINE Vec log1p(Vec x) {
  Vec u = add(splat(1.0f), x), d = sub(u, splat(1.0f));
  Vec y = mul(log(u), div(x, d));
  y = select(equal(d, splat(0.0f)), x, y);
  return select(equal(x, splat(__builtin_inff())), x, y);
}

AM_INLINE Vec tanh(Vec x) {
  Vec magnitude = abs(x), square = mul(x, x);
  Vec near = fma(mul(magnitude, square), polynomial(square, TANH_TERMS), magnitude);
  Vec far = sub(splat(1.0f), div(splat(2.0f), add(exp(add(magnitude, magnitude)), splat(1.0f))));
  Vec y = copysign(select(less(magnitude, splat(0.625f)), near, far), x);
  return select(is_nan(x), x, y);
}

AM_INLINE Vec sigmoid(Vec x) { return div(splat(1.0f), add(splat(1.0f), exp(neg(x)))); }

AM_INLINE Vec erf(Vec x) {
  Vec magnitude = min(splat(4.0f), abs(x)), square = mul(x, x);
  Vec near = fma(magnitude, polynomial(square, ERF_TERMS), magnitude);
  Vec far = sub(splat(1.0f), exp(neg(mul(magnitude, polynomial(magnitude, ERFC_LOG_TERMS)))));
  Vec y = copysign(select(less(magnitude, splat(1.0f)), near, far), x);
  return select(is_nan(x), x, y);
}

}  // namespace automodel::AM_ISA
