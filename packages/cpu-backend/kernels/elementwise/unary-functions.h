// The functions of unary.cpp over vectors, double and int64_t, and as tables of block functions.
#pragma once

#include "../prelude.h"
#include "../activation/functions.h"
#include "../vector/math.h"
#include "../vector/vector.h"
#include "elementwise.h"

namespace automodel::AM_ISA {

AM_INLINE Vec truth(Mask m) { return select(m, splat(1.0f), zero()); }
AM_INLINE Vec infinity() { return splat(__builtin_inff()); }

#define AM_UNARY_FLOAT(Name, vector, scalar)         \
  struct Name {                                      \
    AM_INLINE Vec of(Vec x) { return vector; }       \
    AM_INLINE double of(double x) { return scalar; } \
  };
#define AM_UNARY(Name, vector, scalar, whole)                  \
  struct Name {                                                \
    AM_INLINE Vec of(Vec x) { return vector; }                 \
    AM_INLINE double of(double x) { return scalar; }           \
    AM_INLINE int64_t of(int64_t x) { return (void)x, whole; } \
  };

AM_UNARY(Neg, neg(x), -x, (int64_t)(0 - (uint64_t)x))
AM_UNARY(Abs, abs(x), ::fabs(x), x < 0 ? (int64_t)(0 - (uint64_t)x) : x)
AM_UNARY(Sign, truth(less(zero(), x)) - truth(less(x, zero())), (double)((x > 0) - (x < 0)),
         (x > 0) - (x < 0))
AM_UNARY(Floor, floor(x), ::floor(x), x)
AM_UNARY(Ceil, neg(floor(neg(x))), ::ceil(x), x)
AM_UNARY(Round, round_even(x), ::rint(x), x)
AM_UNARY(Trunc, select(less(x, zero()), neg(floor(neg(x))), floor(x)), ::trunc(x), x)
AM_UNARY(Relu, relu(x), x <= 0 ? 0.0 : x, x > 0 ? x : 0)
AM_UNARY(IsNan, truth(is_nan(x)), x != x, 0)
AM_UNARY(IsInf, truth(equal(abs(x), infinity())), ::fabs(x) == __builtin_inf(), 0)
AM_UNARY(IsFinite, truth(less(abs(x), infinity())), ::fabs(x) < __builtin_inf(), 1)
AM_UNARY_FLOAT(Exp, exp(x), ::exp(x))
AM_UNARY_FLOAT(Log, log(x), ::log(x))
AM_UNARY_FLOAT(Sqrt, sqrt(x), ::sqrt(x))
AM_UNARY_FLOAT(Rsqrt, splat(1.0f) / sqrt(x), 1.0 / ::sqrt(x))
AM_UNARY_FLOAT(Tanh, tanh(x), ::tanh(x))
AM_UNARY_FLOAT(Sigmoid, sigmoid(x), 1.0 / (1.0 + ::exp(-x)))
AM_UNARY_FLOAT(Erf, erf(x), ::erf(x))
AM_UNARY_FLOAT(Reciprocal, splat(1.0f) / x, 1.0 / x)
AM_UNARY_FLOAT(Silu, activate<SILU>(x), silu(x))
AM_UNARY_FLOAT(Exp2, by_lane(x, ::exp2f), ::exp2(x))
AM_UNARY_FLOAT(Log2, by_lane(x, ::log2f), ::log2(x))
AM_UNARY_FLOAT(Log1p, log1p(x), ::log1p(x))
AM_UNARY_FLOAT(Expm1, by_lane(x, ::expm1f), ::expm1(x))
AM_UNARY_FLOAT(Sin, by_lane(x, ::sinf), ::sin(x))
AM_UNARY_FLOAT(Cos, by_lane(x, ::cosf), ::cos(x))
AM_UNARY_FLOAT(Tan, by_lane(x, ::tanf), ::tan(x))

#define AM_UNARY_FLOAT_FUNCTIONS(Name, name)                                 \
  static constexpr Elementwise name##_functions = {1, 1, unary_floats<Name>, \
                                                   unary_scalars<Name, double>, nullptr};
#define AM_UNARY_FUNCTIONS(Name, name)              \
  static constexpr Elementwise name##_functions = { \
      1, 1, unary_floats<Name>, unary_scalars<Name, double>, unary_scalars<Name, int64_t>};

AM_UNARY_FUNCTIONS(Neg, neg)
AM_UNARY_FUNCTIONS(Abs, abs)
AM_UNARY_FUNCTIONS(Sign, sign)
AM_UNARY_FUNCTIONS(Floor, floor)
AM_UNARY_FUNCTIONS(Ceil, ceil)
AM_UNARY_FUNCTIONS(Round, round)
AM_UNARY_FUNCTIONS(Trunc, trunc)
AM_UNARY_FUNCTIONS(Relu, relu)
AM_UNARY_FUNCTIONS(IsNan, isnan)
AM_UNARY_FUNCTIONS(IsInf, isinf)
AM_UNARY_FUNCTIONS(IsFinite, isfinite)
AM_UNARY_FLOAT_FUNCTIONS(Exp, exp)
AM_UNARY_FLOAT_FUNCTIONS(Log, log)
AM_UNARY_FLOAT_FUNCTIONS(Sqrt, sqrt)
AM_UNARY_FLOAT_FUNCTIONS(Rsqrt, rsqrt)
AM_UNARY_FLOAT_FUNCTIONS(Tanh, tanh)
AM_UNARY_FLOAT_FUNCTIONS(Sigmoid, sigmoid)
AM_UNARY_FLOAT_FUNCTIONS(Erf, erf)
AM_UNARY_FLOAT_FUNCTIONS(Reciprocal, reciprocal)
AM_UNARY_FLOAT_FUNCTIONS(Silu, silu)
AM_UNARY_FLOAT_FUNCTIONS(Exp2, exp2)
AM_UNARY_FLOAT_FUNCTIONS(Log2, log2)
AM_UNARY_FLOAT_FUNCTIONS(Log1p, log1p)
AM_UNARY_FLOAT_FUNCTIONS(Expm1, expm1)
AM_UNARY_FLOAT_FUNCTIONS(Sin, sin)
AM_UNARY_FLOAT_FUNCTIONS(Cos, cos)
AM_UNARY_FLOAT_FUNCTIONS(Tan, tan)

static void not_wholes(int64_t *const *y, const int64_t *const *x, int n, const Attributes &a) {
  if (a.dtype == BOOL)
    for (int i = 0; i < n; i++) y[0][i] = x[0][i] == 0;
  else
    for (int i = 0; i < n; i++) y[0][i] = ~x[0][i];
}
static constexpr Elementwise not_functions = {1, 1, nullptr, nullptr, not_wholes};

}  // namespace automodel::AM_ISA
