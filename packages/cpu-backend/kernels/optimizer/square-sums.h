// Sums of squares in f64, 16 side by side in vectors of the instruction set. Element i goes into
// sum i % 16, and the sums are added as halves of halves: the same order on every instruction set.
// Squares of f32 are exact in f64.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "../vector/vector.h"

namespace automodel::AM_ISA {

#if defined(AM_VECTOR_AVX512)
constexpr int DOUBLE_LANES = 8;
#elif defined(AM_VECTOR_AVX2)
constexpr int DOUBLE_LANES = 4;
#else
constexpr int DOUBLE_LANES = 2;
#endif
// Bytes that are fetched ahead: more than the processor dares by itself.
constexpr int SQUARES_AHEAD = 1024;
constexpr int SQUARE_SUMS = 16, SUM_VECTORS = SQUARE_SUMS / DOUBLE_LANES;

typedef double DoubleVec __attribute__((vector_size(DOUBLE_LANES * 8)));

AM_INLINE DoubleVec load_doubles(const float *p) {
#if defined(AM_VECTOR_AVX512)
  return _mm512_cvtps_pd(_mm256_loadu_ps(p));
#elif defined(AM_VECTOR_AVX2)
  return _mm256_cvtps_pd(_mm_loadu_ps(p));
#else
  float x[2];
  memcpy(x, p, sizeof(x));
  return DoubleVec{x[0], x[1]};
#endif
}
AM_INLINE DoubleVec load_doubles(const double *p) {
  DoubleVec x;
  memcpy(&x, p, sizeof(x));
  return x;
}

// Adds the squares of 16 numbers.
template <class T>
AM_INLINE void add_squares(DoubleVec (&sums)[SUM_VECTORS], const T *x) {
#pragma GCC unroll 8
  for (int k = 0; k < SUM_VECTORS; k++) {
    const DoubleVec v = load_doubles(x + k * DOUBLE_LANES);
    sums[k] += v * v;
  }
}

AM_INLINE double sum_of_sums(DoubleVec (&sums)[SUM_VECTORS]) {
#pragma GCC unroll 4
  for (int width = SUM_VECTORS / 2; width > 0; width /= 2) {
#pragma GCC unroll 4
    for (int k = 0; k < width; k++) sums[k] += sums[k + width];
  }
  double total[DOUBLE_LANES];
  memcpy(total, &sums[0], sizeof(total));
#pragma GCC unroll 4
  for (int width = DOUBLE_LANES / 2; width > 0; width /= 2) {
#pragma GCC unroll 4
    for (int k = 0; k < width; k++) total[k] += total[k + width];
  }
  return total[0];
}

// n numbers of type T from `data` on, which may be any address. Behind the last one come zeros.
template <class T>
AM_INLINE double sum_of_squares(const char *data, int64_t n) {
  const T *x = (const T *)data;
  DoubleVec sums[SUM_VECTORS] = {};
  for (; n >= SQUARE_SUMS; n -= SQUARE_SUMS, x += SQUARE_SUMS) {
    __builtin_prefetch((const char *)x + SQUARES_AHEAD);
    add_squares(sums, x);
  }
  if (n > 0) {
    T last[SQUARE_SUMS] = {};
    memcpy(last, x, (size_t)n * sizeof(T));
    add_squares(sums, last);
  }
  return sum_of_sums(sums);
}

}  // namespace automodel::AM_ISA
