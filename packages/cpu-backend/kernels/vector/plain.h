// Vectors of 4 lanes for any CPU, by the compiler's portable vector extension. See vector.h for the
// names' contract.
// fma rounds twice here: a fused multiply-add without hardware support would be a slow library
// call.
#pragma once

#include "../prelude.h"
#include "storage.h"

namespace automodel::AM_ISA {

constexpr int LANES = 4;
constexpr int REGISTERS = 16;
typedef float Float4 __attribute__((vector_size(16)));
typedef int32_t Int4 __attribute__((vector_size(16)));
struct Vec {
  Float4 v;
};
struct Mask {
  Int4 v;
};

AM_INLINE Int4 lane_bits(Vec a) { return (Int4)a.v; }
AM_INLINE Vec splat(float x) { return {Float4{x, x, x, x}}; }

template <class T>
AM_INLINE Vec load(const T *p, int n) {
  T lane[4] = {};
  memcpy(lane, p, (size_t)n * sizeof(T));
  return {Float4{to_float(lane[0]), to_float(lane[1]), to_float(lane[2]), to_float(lane[3])}};
}
template <class T>
AM_INLINE Vec load(const T *p) {
  return load(p, 4);
}
AM_INLINE Vec load(const float *p) {
  Vec a;
  memcpy(&a.v, p, 16);
  return a;
}
AM_INLINE void store(float *p, Vec a) { memcpy(p, &a.v, 16); }
AM_INLINE void store(float *p, Vec a, int n) { memcpy(p, &a.v, (size_t)n * 4); }
AM_INLINE void store(bf16 *p, Vec a, int n) {
  bf16 lane[4] = {to_bf16(a.v[0]), to_bf16(a.v[1]), to_bf16(a.v[2]), to_bf16(a.v[3])};
  memcpy(p, lane, (size_t)n * 2);
}
AM_INLINE void store(f16 *p, Vec a, int n) {
  f16 lane[4] = {to_f16(a.v[0]), to_f16(a.v[1]), to_f16(a.v[2]), to_f16(a.v[3])};
  memcpy(p, lane, (size_t)n * 2);
}
AM_INLINE void store(bf16 *p, Vec a) { store(p, a, 4); }
AM_INLINE void store(f16 *p, Vec a) { store(p, a, 4); }
AM_INLINE Vec round_to_bf16(Vec a) {
  return {Float4{to_float(to_bf16(a.v[0])), to_float(to_bf16(a.v[1])), to_float(to_bf16(a.v[2])),
                 to_float(to_bf16(a.v[3]))}};
}

AM_INLINE Vec add(Vec a, Vec b) { return {a.v + b.v}; }
AM_INLINE Vec sub(Vec a, Vec b) { return {a.v - b.v}; }
AM_INLINE Vec mul(Vec a, Vec b) { return {a.v * b.v}; }
AM_INLINE Vec div(Vec a, Vec b) { return {a.v / b.v}; }
AM_INLINE Vec fma(Vec a, Vec b, Vec c) { return {a.v * b.v + c.v}; }
AM_INLINE Vec fnma(Vec a, Vec b, Vec c) { return {c.v - a.v * b.v}; }
AM_INLINE Vec sqrt(Vec a) {
  return {Float4{__builtin_sqrtf(a.v[0]), __builtin_sqrtf(a.v[1]), __builtin_sqrtf(a.v[2]),
                 __builtin_sqrtf(a.v[3])}};
}

AM_INLINE Mask less(Vec a, Vec b) { return {(Int4)(a.v < b.v)}; }
AM_INLINE Mask less_equal(Vec a, Vec b) { return {(Int4)(a.v <= b.v)}; }
AM_INLINE Mask equal(Vec a, Vec b) { return {(Int4)(a.v == b.v)}; }
AM_INLINE Mask is_nan(Vec a) { return {(Int4)(a.v != a.v)}; }
AM_INLINE Mask both(Mask a, Mask b) { return {a.v & b.v}; }
AM_INLINE Mask either(Mask a, Mask b) { return {a.v | b.v}; }
AM_INLINE bool any(Mask a) { return (a.v[0] | a.v[1] | a.v[2] | a.v[3]) != 0; }
AM_INLINE Vec select(Mask m, Vec yes, Vec no) {
  return {(Float4)((m.v & lane_bits(yes)) | (~m.v & lane_bits(no)))};
}

AM_INLINE Vec min(Vec a, Vec b) { return select(less(a, b), a, b); }  // b where either is NaN
AM_INLINE Vec max(Vec a, Vec b) { return select(less(b, a), a, b); }  // b where either is NaN
AM_INLINE Vec neg(Vec a) { return {(Float4)(lane_bits(a) ^ lane_bits(splat(-0.0f)))}; }
AM_INLINE Vec abs(Vec a) { return {(Float4)(lane_bits(a) & ~lane_bits(splat(-0.0f)))}; }
// magnitude must not be negative
AM_INLINE Vec copysign(Vec magnitude, Vec sign) {
  return {(Float4)(lane_bits(magnitude) | (lane_bits(sign) & lane_bits(splat(-0.0f))))};
}
// Adding and removing 2^23 rounds to even at the units; larger values are whole already.
AM_INLINE Vec round_even(Vec a) {
  Vec magnitude = abs(a), big = splat(8388608.0f);
  return select(less(magnitude, big), copysign(sub(add(magnitude, big), big), a), a);
}
AM_INLINE Vec floor(Vec a) {
  Vec rounded = round_even(a);
  return select(less(a, rounded), sub(rounded, splat(1.0f)), rounded);
}

// 2^n for whole n in [-126, 127].
AM_INLINE Vec power_of_two(Int4 n) { return {(Float4)((n + 127) << 23)}; }
// a * 2^n for whole n in [-250, 250]; two factors, so that only the last one can leave the normal
// range.
AM_INLINE Vec scale_by_power(Vec a, Vec n) {
  Int4 whole = {(int32_t)n.v[0], (int32_t)n.v[1], (int32_t)n.v[2], (int32_t)n.v[3]},
       half = whole >> 1;
  return mul(mul(a, power_of_two(half)), power_of_two(whole - half));
}
// For finite a > 0 and normal: a = fraction * 2^exponent with fraction in [0.5, 1).
AM_INLINE Vec split_exponent(Vec a, Vec &exponent) {
  Int4 u = lane_bits(a), e = (u >> 23) - 126;
  exponent.v = Float4{(float)e[0], (float)e[1], (float)e[2], (float)e[3]};
  return {(Float4)((u & 0x7fffff) | 0x3f000000)};
}

// Transposes LANES x LANES lanes of 32 bits in place.
AM_INLINE void transpose(Vec *rows) {
  Vec copy[4] = {rows[0], rows[1], rows[2], rows[3]};
  for (int i = 0; i < 4; i++)
    rows[i].v = Float4{copy[0].v[i], copy[1].v[i], copy[2].v[i], copy[3].v[i]};
}

}  // namespace automodel::AM_ISA
