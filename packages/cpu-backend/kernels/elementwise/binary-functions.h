// The functions of binary.cpp over vectors, double and int64_t, and as tables of block functions.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "../vector/vector.h"
#include "elementwise.h"
#include "unary-functions.h"

namespace automodel::AM_ISA {

#define AM_BINARY_FLOAT(Name, vector, scalar)                  \
  struct Name {                                                \
    AM_INLINE Vec of(Vec a, Vec b) { return vector; }          \
    AM_INLINE double of(double a, double b) { return scalar; } \
  };
#define AM_BINARY(Name, vector, scalar, whole)                   \
  struct Name {                                                  \
    AM_INLINE Vec of(Vec a, Vec b) { return vector; }            \
    AM_INLINE double of(double a, double b) { return scalar; }   \
    AM_INLINE int64_t of(int64_t a, int64_t b) { return whole; } \
  };
#define AM_BINARY_WHOLE(Name, whole)                             \
  struct Name {                                                  \
    AM_INLINE int64_t of(int64_t a, int64_t b) { return whole; } \
  };

template <class T>
AM_INLINE T float_remainder(T a, T b) {
  const T rest = (T)::fmod(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}
template <class T>
AM_INLINE T float_floordiv(T a, T b) {
  if (b == 0) return a / b;
  const T rest = (T)::fmod(a, b);
  T quotient = (a - rest) / b;
  if (rest != 0 && (rest < 0) != (b < 0)) quotient -= 1;
  return quotient == 0 ? (T)::copysign(0.0, (double)(a / b)) : (T)::rint(quotient);
}
AM_INLINE int64_t whole_remainder(int64_t a, int64_t b) {
  if (b == 0 || b == -1) return 0;
  const int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}
AM_INLINE int64_t whole_floordiv(int64_t a, int64_t b) {
  if (b == 0) return 0;
  if (b == -1) return (int64_t)(0 - (uint64_t)a);
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}
AM_INLINE int64_t whole_power(int64_t a, int64_t b) {
  if (b < 0) return a == 1 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : 0;
  uint64_t result = 1;
  for (uint64_t base = (uint64_t)a; b > 0; b >>= 1, base *= base) {
    if (b & 1) result *= base;
  }
  return (int64_t)result;
}

AM_BINARY(Add, a + b, a + b, (int64_t)((uint64_t)a + (uint64_t)b))
AM_BINARY(Sub, a - b, a - b, (int64_t)((uint64_t)a - (uint64_t)b))
AM_BINARY(Mul, a *b, a *b, (int64_t)((uint64_t)a * (uint64_t)b))
AM_BINARY(Maximum, select(is_nan(a), a, max(a, b)), a != a ? a : (a > b ? a : b), a > b ? a : b)
AM_BINARY(Minimum, select(is_nan(a), a, min(a, b)), a != a ? a : (a < b ? a : b), a < b ? a : b)
AM_BINARY(Remainder, by_lane(a, b, float_remainder<float>), float_remainder(a, b),
          whole_remainder(a, b))
AM_BINARY(Floordiv, by_lane(a, b, float_floordiv<float>), float_floordiv(a, b),
          whole_floordiv(a, b))
AM_BINARY(Pow, by_lane(a, b, ::powf), ::pow(a, b), whole_power(a, b))
AM_BINARY_FLOAT(Div, a / b, a / b)
AM_BINARY_FLOAT(Atan2, by_lane(a, b, ::atan2f), ::atan2(a, b))
AM_BINARY(Eq, truth(equal(a, b)), a == b, a == b)
AM_BINARY(Ne, splat(1.0f) - truth(equal(a, b)), a != b, a != b)
AM_BINARY(Lt, truth(less(a, b)), a < b, a < b)
AM_BINARY(Le, truth(less_equal(a, b)), a <= b, a <= b)
AM_BINARY(Gt, truth(less(b, a)), a > b, a > b)
AM_BINARY(Ge, truth(less_equal(b, a)), a >= b, a >= b)
AM_BINARY_WHOLE(And, a &b)
AM_BINARY_WHOLE(Or, a | b)
AM_BINARY_WHOLE(Xor, a ^ b)

#define AM_BINARY_FUNCTIONS(Name, name)             \
  static constexpr Elementwise name##_functions = { \
      2, 1, binary_floats<Name>, binary_scalars<Name, double>, binary_scalars<Name, int64_t>};
#define AM_BINARY_FLOAT_FUNCTIONS(Name, name)                                 \
  static constexpr Elementwise name##_functions = {2, 1, binary_floats<Name>, \
                                                   binary_scalars<Name, double>, nullptr};
#define AM_BINARY_WHOLE_FUNCTIONS(Name, name)                              \
  static constexpr Elementwise name##_functions = {2, 1, nullptr, nullptr, \
                                                   binary_scalars<Name, int64_t>};

AM_BINARY_FUNCTIONS(Add, add)
AM_BINARY_FUNCTIONS(Sub, sub)
AM_BINARY_FUNCTIONS(Mul, mul)
AM_BINARY_FUNCTIONS(Maximum, maximum)
AM_BINARY_FUNCTIONS(Minimum, minimum)
AM_BINARY_FUNCTIONS(Remainder, remainder)
AM_BINARY_FUNCTIONS(Floordiv, floordiv)
AM_BINARY_FLOAT_FUNCTIONS(Div, div)
AM_BINARY_FLOAT_FUNCTIONS(Atan2, atan2)
AM_BINARY_FUNCTIONS(Eq, eq)
AM_BINARY_FUNCTIONS(Ne, ne)
AM_BINARY_FUNCTIONS(Lt, lt)
AM_BINARY_FUNCTIONS(Le, le)
AM_BINARY_FUNCTIONS(Gt, gt)
AM_BINARY_FUNCTIONS(Ge, ge)
AM_BINARY_WHOLE_FUNCTIONS(And, and)
AM_BINARY_WHOLE_FUNCTIONS(Or, or)
AM_BINARY_WHOLE_FUNCTIONS(Xor, xor)

// Squares, the most frequent power, need no call of libm.
static void pow_floats(float *const *y, const float *const *x, int n, const Attributes &a) {
  bool squares = true;
  for (int i = 0; i < n; i++) squares &= x[1][i] == 2.0f;
  if (!squares) return binary_floats<Pow>(y, x, n, a);
  const float *const same[] = {x[0], x[0]};
  binary_floats<Mul>(y, same, n, a);
}
static constexpr Elementwise pow_functions = {2, 1, pow_floats, binary_scalars<Pow, double>,
                                              binary_scalars<Pow, int64_t>};

static void where_floats(float *const *y, const float *const *x, int n, const Attributes &) {
  for (int i = 0; i < n; i += LANES) {
    const int lanes = (int)min64(LANES, n - i);
    store(
        y[0] + i,
        select(equal(load(x[0] + i, lanes), zero()), load(x[2] + i, lanes), load(x[1] + i, lanes)),
        lanes);
  }
}
template <class T>
static void where_scalars(T *const *y, const T *const *x, int n, const Attributes &) {
  for (int i = 0; i < n; i++) y[0][i] = x[0][i] != 0 ? x[1][i] : x[2][i];
}
static constexpr Elementwise where_functions = {3, 1, where_floats, where_scalars<double>,
                                                where_scalars<int64_t>};

}  // namespace automodel::AM_ISA
