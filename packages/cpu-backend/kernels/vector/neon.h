// Vectors of 4 lanes for NEON on arm64. See vector.h for the names' contract.
#pragma once

#include <arm_neon.h>

#include "../prelude.h"
#include "storage.h"

namespace automodel::AM_ISA {

constexpr int LANES = 4;
constexpr int REGISTERS = 32;
struct Vec {
  float32x4_t v;
};
struct Mask {
  uint32x4_t v;
};

AM_INLINE Vec splat(float x) { return {vdupq_n_f32(x)}; }
AM_INLINE uint16x4_t load_halves(const void *p, int n) {
  uint16_t half[4] = {0, 0, 0, 0};
  memcpy(half, p, (size_t)n * 2);
  return vld1_u16(half);
}
AM_INLINE void store_halves(void *p, uint16x4_t halves, int n) {
  uint16_t half[4];
  vst1_u16(half, halves);
  memcpy(p, half, (size_t)n * 2);
}

// Loads go through bytes: addresses need not be multiples of the element.
AM_INLINE Vec load(const float *p) { return {vreinterpretq_f32_u8(vld1q_u8((const uint8_t *)p))}; }
AM_INLINE Vec load(const float *p, int n) {
  float lane[4] = {0, 0, 0, 0};
  memcpy(lane, p, (size_t)n * 4);
  return {vld1q_f32(lane)};
}
AM_INLINE Vec widen_bf16(uint16x4_t h) { return {vreinterpretq_f32_u32(vshll_n_u16(h, 16))}; }
AM_INLINE Vec load(const bf16 *p) {
  return widen_bf16(vreinterpret_u16_u8(vld1_u8((const uint8_t *)p)));
}
AM_INLINE Vec load(const bf16 *p, int n) { return widen_bf16(load_halves(p, n)); }
AM_INLINE Vec load(const f16 *p) {
  return {vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8((const uint8_t *)p)))};
}
AM_INLINE Vec load(const f16 *p, int n) {
  return {vcvt_f32_f16(vreinterpret_f16_u16(load_halves(p, n)))};
}

// bf16 bits in the low half of each 32-bit lane.
AM_INLINE uint32x4_t bf16_bits(Vec a) {
  uint32x4_t u = vreinterpretq_u32_f32(a.v);
  uint32x4_t odd = vandq_u32(vshrq_n_u32(u, 16), vdupq_n_u32(1));
  uint32x4_t rounded = vshrq_n_u32(vaddq_u32(u, vaddq_u32(odd, vdupq_n_u32(0x7fff))), 16);
  return vbslq_u32(vceqq_f32(a.v, a.v), rounded, vorrq_u32(vshrq_n_u32(u, 16), vdupq_n_u32(0x40)));
}
AM_INLINE void store(float *p, Vec a) { vst1q_u8((uint8_t *)p, vreinterpretq_u8_f32(a.v)); }
AM_INLINE void store(float *p, Vec a, int n) {
  float lane[4];
  vst1q_f32(lane, a.v);
  memcpy(p, lane, (size_t)n * 4);
}
AM_INLINE void store(bf16 *p, Vec a) {
  vst1_u8((uint8_t *)p, vreinterpret_u8_u16(vmovn_u32(bf16_bits(a))));
}
AM_INLINE void store(bf16 *p, Vec a, int n) { store_halves(p, vmovn_u32(bf16_bits(a)), n); }
AM_INLINE void store(f16 *p, Vec a) {
  vst1_u8((uint8_t *)p, vreinterpret_u8_f16(vcvt_f16_f32(a.v)));
}
AM_INLINE void store(f16 *p, Vec a, int n) {
  store_halves(p, vreinterpret_u16_f16(vcvt_f16_f32(a.v)), n);
}
AM_INLINE Vec round_to_bf16(Vec a) {
  return {vreinterpretq_f32_u32(vshlq_n_u32(bf16_bits(a), 16))};
}

AM_INLINE Vec add(Vec a, Vec b) { return {vaddq_f32(a.v, b.v)}; }
AM_INLINE Vec sub(Vec a, Vec b) { return {vsubq_f32(a.v, b.v)}; }
AM_INLINE Vec mul(Vec a, Vec b) { return {vmulq_f32(a.v, b.v)}; }
AM_INLINE Vec div(Vec a, Vec b) { return {vdivq_f32(a.v, b.v)}; }
AM_INLINE Vec fma(Vec a, Vec b, Vec c) { return {vfmaq_f32(c.v, a.v, b.v)}; }   // a * b + c
AM_INLINE Vec fnma(Vec a, Vec b, Vec c) { return {vfmsq_f32(c.v, a.v, b.v)}; }  // c - a * b
AM_INLINE Vec sqrt(Vec a) { return {vsqrtq_f32(a.v)}; }
// b where either is NaN
AM_INLINE Vec min(Vec a, Vec b) { return {vbslq_f32(vcltq_f32(a.v, b.v), a.v, b.v)}; }
// b where either is NaN
AM_INLINE Vec max(Vec a, Vec b) { return {vbslq_f32(vcgtq_f32(a.v, b.v), a.v, b.v)}; }
AM_INLINE Vec neg(Vec a) { return {vnegq_f32(a.v)}; }
AM_INLINE Vec abs(Vec a) { return {vabsq_f32(a.v)}; }
// magnitude must not be negative
AM_INLINE Vec copysign(Vec magnitude, Vec sign) {
  return {vbslq_f32(vdupq_n_u32(0x80000000u), sign.v, magnitude.v)};
}
AM_INLINE Vec round_even(Vec a) { return {vrndnq_f32(a.v)}; }
AM_INLINE Vec floor(Vec a) { return {vrndmq_f32(a.v)}; }

AM_INLINE Mask less(Vec a, Vec b) { return {vcltq_f32(a.v, b.v)}; }
AM_INLINE Mask less_equal(Vec a, Vec b) { return {vcleq_f32(a.v, b.v)}; }
AM_INLINE Mask equal(Vec a, Vec b) { return {vceqq_f32(a.v, b.v)}; }
AM_INLINE Mask is_nan(Vec a) { return {vmvnq_u32(vceqq_f32(a.v, a.v))}; }
AM_INLINE Mask both(Mask a, Mask b) { return {vandq_u32(a.v, b.v)}; }
AM_INLINE Mask either(Mask a, Mask b) { return {vorrq_u32(a.v, b.v)}; }
AM_INLINE bool any(Mask a) { return vmaxvq_u32(a.v) != 0; }
AM_INLINE Vec select(Mask m, Vec yes, Vec no) { return {vbslq_f32(m.v, yes.v, no.v)}; }

// 2^n for whole n in [-126, 127].
AM_INLINE Vec power_of_two(int32x4_t n) {
  return {vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(n, vdupq_n_s32(127)), 23))};
}
// a * 2^n for whole n in [-250, 250]; two factors, so that only the last one can leave the normal
// range.
AM_INLINE Vec scale_by_power(Vec a, Vec n) {
  int32x4_t whole = vcvtnq_s32_f32(n.v), half = vshrq_n_s32(whole, 1);
  return mul(mul(a, power_of_two(half)), power_of_two(vsubq_s32(whole, half)));
}
// For finite a > 0 and normal: a = fraction * 2^exponent with fraction in [0.5, 1).
AM_INLINE Vec split_exponent(Vec a, Vec &exponent) {
  uint32x4_t u = vreinterpretq_u32_f32(a.v);
  exponent.v =
      vcvtq_f32_s32(vsubq_s32(vreinterpretq_s32_u32(vshrq_n_u32(u, 23)), vdupq_n_s32(126)));
  return {vreinterpretq_f32_u32(
      vorrq_u32(vandq_u32(u, vdupq_n_u32(0x7fffff)), vdupq_n_u32(0x3f000000)))};
}

// Transposes LANES x LANES lanes of 32 bits in place.
AM_INLINE void transpose(Vec *rows) {
  float32x4x2_t a = vtrnq_f32(rows[0].v, rows[1].v), b = vtrnq_f32(rows[2].v, rows[3].v);
  rows[0].v = vcombine_f32(vget_low_f32(a.val[0]), vget_low_f32(b.val[0]));
  rows[1].v = vcombine_f32(vget_low_f32(a.val[1]), vget_low_f32(b.val[1]));
  rows[2].v = vcombine_f32(vget_high_f32(a.val[0]), vget_high_f32(b.val[0]));
  rows[3].v = vcombine_f32(vget_high_f32(a.val[1]), vget_high_f32(b.val[1]));
}

}  // namespace automodel::AM_ISA
