// Vectors of f32 lanes, written once per instruction set behind one set of names, so that a kernel
// is written once.
// `Vec` holds LANES f32 values, `Mask` one truth value for each lane. Loads and stores convert from
// and to the storage types float, bf16 and f16 (round to nearest even, NaN kept, no flush to zero),
// accept any address, and take an optional lane count for tails (lanes beyond it read as 0 and are
// not written).
#pragma once

#include "../prelude.h"
#include "storage.h"
#if defined(AM_VECTOR_AVX512)
#include "avx512.h"
#elif defined(AM_VECTOR_AVX2)
#include "avx2.h"
#elif defined(AM_VECTOR_NEON)
#include "neon.h"
#else
#include "plain.h"
#endif

namespace automodel::AM_ISA {

AM_INLINE Vec operator+(Vec a, Vec b) { return add(a, b); }
AM_INLINE Vec operator-(Vec a, Vec b) { return sub(a, b); }
AM_INLINE Vec operator*(Vec a, Vec b) { return mul(a, b); }
AM_INLINE Vec operator/(Vec a, Vec b) { return div(a, b); }
AM_INLINE Vec operator-(Vec a) { return neg(a); }
AM_INLINE Vec &operator+=(Vec &a, Vec b) { return a = add(a, b); }
AM_INLINE Vec &operator-=(Vec &a, Vec b) { return a = sub(a, b); }
AM_INLINE Vec &operator*=(Vec &a, Vec b) { return a = mul(a, b); }
AM_INLINE Vec zero() { return splat(0.0f); }

// Sum of all lanes, always in the same order: halves are added until one lane is left.
AM_INLINE float sum(Vec a) {
  float lane[LANES];
  store(lane, a);
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) lane[i] += lane[i + width];
  return lane[0];
}

// Largest lane. NaN lanes are ignored unless they come first.
AM_INLINE float largest(Vec a) {
  float lane[LANES];
  store(lane, a);
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) lane[i] = lane[i] < lane[i + width] ? lane[i + width] : lane[i];
  return lane[0];
}

// The value after rounding to bf16 and back: what a bf16 product sees.
AM_INLINE float round_to_bf16(float x) { return to_float(to_bf16(x)); }

// A value of any float storage type as f32, whatever its alignment; and the way back.
template <class T>
AM_INLINE float load_one(const T *p) {
  T x;
  memcpy(&x, p, sizeof(T));
  return to_float(x);
}
AM_INLINE void store_one(float *p, float x) { memcpy(p, &x, 4); }
AM_INLINE void store_one(bf16 *p, float x) {
  bf16 y = to_bf16(x);
  memcpy(p, &y, 2);
}
AM_INLINE void store_one(f16 *p, float x) {
  f16 y = to_f16(x);
  memcpy(p, &y, 2);
}

}  // namespace automodel::AM_ISA
