// The 16-bit storage types and their scalar conversions, exact in both directions (round to nearest
// even, denormals and NaN kept).
// bf16 is the upper half of f32; f16 is IEEE 754 binary16.
#pragma once

#include "../prelude.h"

namespace automodel::AM_ISA {

struct bf16 {
  uint16_t bits;
};
struct f16 {
  uint16_t bits;
};

AM_INLINE uint32_t bits_of(float x) {
  uint32_t u;
  memcpy(&u, &x, 4);
  return u;
}
AM_INLINE float from_bits(uint32_t u) {
  float x;
  memcpy(&x, &u, 4);
  return x;
}

AM_INLINE float to_float(float x) { return x; }
AM_INLINE float to_float(bf16 x) { return from_bits((uint32_t)x.bits << 16); }

AM_INLINE float to_float(f16 x) {
  uint32_t sign = (uint32_t)(x.bits & 0x8000u) << 16, exponent = (x.bits >> 10) & 31u,
           fraction = x.bits & 1023u;
  if (exponent == 31)
    return from_bits(sign | 0x7f800000u | fraction << 13 | (fraction ? 0x400000u : 0u));
  if (exponent == 0) {
    float magnitude = (float)fraction * 5.9604644775390625e-8f;  // fraction * 2^-24, exact
    return from_bits(sign | bits_of(magnitude));
  }
  return from_bits(sign | (exponent + 112u) << 23 | fraction << 13);
}

AM_INLINE bf16 to_bf16(float x) {
  uint32_t u = bits_of(x);
  if ((u & 0x7fffffffu) > 0x7f800000u) return {(uint16_t)(u >> 16 | 0x40u)};
  return {(uint16_t)((u + 0x7fffu + (u >> 16 & 1u)) >> 16)};
}

AM_INLINE f16 to_f16(float x) {
  uint32_t u = bits_of(x), sign = u >> 16 & 0x8000u, magnitude = u & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return {(uint16_t)(sign | 0x7e00u | (magnitude >> 13 & 0x3ffu))};
  // 65520 and above round to infinity
  if (magnitude >= 0x477ff000u) return {(uint16_t)(sign | 0x7c00u)};
  // below 2^-14: a multiple of 2^-24; adding 0.5 aligns and rounds
  if (magnitude < 0x38800000u) {
    uint32_t aligned = bits_of(from_bits(magnitude) + 0.5f);
    return {(uint16_t)(sign | (aligned - 0x3f000000u))};
  }
  uint32_t rounded = magnitude + 0xfffu + (magnitude >> 13 & 1u);
  return {(uint16_t)(sign | ((rounded - 0x38000000u) >> 13))};
}

}  // namespace automodel::AM_ISA
