// Vectors of 16 lanes for AVX-512 (F, BW, DQ, VL). See vector.h for the names' contract.
#pragma once

#include <immintrin.h>

#include "../prelude.h"
#include "storage.h"

namespace automodel::AM_ISA {

constexpr int LANES = 16;
constexpr int REGISTERS = 32;
struct Vec {
  __m512 v;
};
struct Mask {
  __mmask16 v;
};

AM_INLINE __mmask16 first_lanes(int n) { return (__mmask16)((1u << n) - 1u); }
AM_INLINE Vec splat(float x) { return {_mm512_set1_ps(x)}; }

AM_INLINE Vec load(const float *p) { return {_mm512_loadu_ps(p)}; }
AM_INLINE Vec load(const float *p, int n) { return {_mm512_maskz_loadu_ps(first_lanes(n), p)}; }
AM_INLINE Vec widen_bf16(__m256i h) {
  return {_mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(h), 16))};
}
AM_INLINE Vec load(const bf16 *p) { return widen_bf16(_mm256_loadu_si256((const __m256i *)p)); }
AM_INLINE Vec load(const bf16 *p, int n) {
  return widen_bf16(_mm256_maskz_loadu_epi16(first_lanes(n), p));
}
AM_INLINE Vec load(const f16 *p) {
  return {_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p))};
}
AM_INLINE Vec load(const f16 *p, int n) {
  return {_mm512_cvtph_ps(_mm256_maskz_loadu_epi16(first_lanes(n), p))};
}

// bf16 bits in the low half of each 32-bit lane. vcvtneps2bf16 is not used: it flushes denormals.
AM_INLINE __m512i bf16_bits(Vec a) {
  __m512i u = _mm512_castps_si512(a.v);
  __m512i odd = _mm512_and_si512(_mm512_srli_epi32(u, 16), _mm512_set1_epi32(1));
  __m512i rounded =
      _mm512_srli_epi32(_mm512_add_epi32(u, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff))), 16);
  __m512i quiet = _mm512_or_si512(_mm512_srli_epi32(u, 16), _mm512_set1_epi32(0x40));
  return _mm512_mask_mov_epi32(rounded, _mm512_cmp_ps_mask(a.v, a.v, _CMP_UNORD_Q), quiet);
}
AM_INLINE void store(float *p, Vec a) { _mm512_storeu_ps(p, a.v); }
AM_INLINE void store(float *p, Vec a, int n) { _mm512_mask_storeu_ps(p, first_lanes(n), a.v); }
AM_INLINE void store(bf16 *p, Vec a) {
  _mm256_storeu_si256((__m256i *)p, _mm512_cvtepi32_epi16(bf16_bits(a)));
}
AM_INLINE void store(bf16 *p, Vec a, int n) {
  _mm256_mask_storeu_epi16(p, first_lanes(n), _mm512_cvtepi32_epi16(bf16_bits(a)));
}
AM_INLINE void store(f16 *p, Vec a) {
  _mm256_storeu_si256((__m256i *)p,
                      _mm512_cvtps_ph(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
AM_INLINE void store(f16 *p, Vec a, int n) {
  _mm256_mask_storeu_epi16(p, first_lanes(n),
                           _mm512_cvtps_ph(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
AM_INLINE Vec round_to_bf16(Vec a) {
  return {_mm512_castsi512_ps(_mm512_slli_epi32(bf16_bits(a), 16))};
}

AM_INLINE Vec add(Vec a, Vec b) { return {_mm512_add_ps(a.v, b.v)}; }
AM_INLINE Vec sub(Vec a, Vec b) { return {_mm512_sub_ps(a.v, b.v)}; }
AM_INLINE Vec mul(Vec a, Vec b) { return {_mm512_mul_ps(a.v, b.v)}; }
AM_INLINE Vec div(Vec a, Vec b) { return {_mm512_div_ps(a.v, b.v)}; }
AM_INLINE Vec fma(Vec a, Vec b, Vec c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }    // a * b + c
AM_INLINE Vec fnma(Vec a, Vec b, Vec c) { return {_mm512_fnmadd_ps(a.v, b.v, c.v)}; }  // c - a * b
AM_INLINE Vec sqrt(Vec a) { return {_mm512_sqrt_ps(a.v)}; }
AM_INLINE Vec min(Vec a, Vec b) { return {_mm512_min_ps(a.v, b.v)}; }  // b where either is NaN
AM_INLINE Vec max(Vec a, Vec b) { return {_mm512_max_ps(a.v, b.v)}; }  // b where either is NaN
AM_INLINE Vec neg(Vec a) {
  return {_mm512_castsi512_ps(
      _mm512_xor_si512(_mm512_castps_si512(a.v), _mm512_set1_epi32((int)0x80000000u)))};
}
AM_INLINE Vec abs(Vec a) {
  return {_mm512_castsi512_ps(
      _mm512_and_si512(_mm512_castps_si512(a.v), _mm512_set1_epi32(0x7fffffff)))};
}
AM_INLINE Vec copysign(Vec magnitude, Vec sign) {  // magnitude must not be negative
  return {_mm512_castsi512_ps(_mm512_or_si512(
      _mm512_castps_si512(magnitude.v),
      _mm512_and_si512(_mm512_castps_si512(sign.v), _mm512_set1_epi32((int)0x80000000u))))};
}
AM_INLINE Vec round_even(Vec a) {
  return {_mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
AM_INLINE Vec floor(Vec a) {
  return {_mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC)};
}

AM_INLINE Mask less(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)}; }
AM_INLINE Mask less_equal(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LE_OQ)}; }
AM_INLINE Mask equal(Vec a, Vec b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_EQ_OQ)}; }
AM_INLINE Mask is_nan(Vec a) { return {_mm512_cmp_ps_mask(a.v, a.v, _CMP_UNORD_Q)}; }
AM_INLINE Mask both(Mask a, Mask b) { return {(__mmask16)(a.v & b.v)}; }
AM_INLINE Mask either(Mask a, Mask b) { return {(__mmask16)(a.v | b.v)}; }
AM_INLINE bool any(Mask a) { return a.v != 0; }
AM_INLINE Vec select(Mask m, Vec yes, Vec no) { return {_mm512_mask_blend_ps(m.v, no.v, yes.v)}; }

// a * 2^n for whole n in [-300, 300]; results below the normal range are rounded once.
AM_INLINE Vec scale_by_power(Vec a, Vec n) { return {_mm512_scalef_ps(a.v, n.v)}; }
// For finite a > 0 and normal: a = fraction * 2^exponent with fraction in [0.5, 1).
AM_INLINE Vec split_exponent(Vec a, Vec &exponent) {
  __m512i u = _mm512_castps_si512(a.v);
  exponent.v =
      _mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_srli_epi32(u, 23), _mm512_set1_epi32(126)));
  return {_mm512_castsi512_ps(_mm512_or_si512(_mm512_and_si512(u, _mm512_set1_epi32(0x7fffff)),
                                              _mm512_set1_epi32(0x3f000000)))};
}

// Transposes LANES x LANES lanes of 32 bits in place.
AM_INLINE void transpose(Vec *rows) {
  __m512 t[16], u[16];
#pragma GCC unroll 16
  for (int i = 0; i < 16; i += 2) {
    t[i] = _mm512_unpacklo_ps(rows[i].v, rows[i + 1].v);
    t[i + 1] = _mm512_unpackhi_ps(rows[i].v, rows[i + 1].v);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    u[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
    u[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xee);
    u[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
    u[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xee);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    __m512 low = _mm512_shuffle_f32x4(u[i], u[i + 4], 0x88),
           high = _mm512_shuffle_f32x4(u[i], u[i + 4], 0xdd);
    __m512 low2 = _mm512_shuffle_f32x4(u[i + 8], u[i + 12], 0x88),
           high2 = _mm512_shuffle_f32x4(u[i + 8], u[i + 12], 0xdd);
    rows[i].v = _mm512_shuffle_f32x4(low, low2, 0x88);
    rows[i + 8].v = _mm512_shuffle_f32x4(low, low2, 0xdd);
    rows[i + 4].v = _mm512_shuffle_f32x4(high, high2, 0x88);
    rows[i + 12].v = _mm512_shuffle_f32x4(high, high2, 0xdd);
  }
}

}  // namespace automodel::AM_ISA
