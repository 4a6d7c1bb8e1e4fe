// Vectors of 8 lanes for AVX2 with FMA and F16C. See vector.h for the names' contract.
#pragma once

#include <immintrin.h>

#include "../prelude.h"
#include "storage.h"

namespace automodel::AM_ISA {

constexpr int LANES = 8;
constexpr int REGISTERS = 16;
struct Vec {
  __m256 v;
};
struct Mask {
  __m256 v;
};

AM_INLINE __m256i first_lanes(int n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
AM_INLINE Vec splat(float x) { return {_mm256_set1_ps(x)}; }
AM_INLINE __m128i load_halves(const void *p, int n) {
  uint16_t half[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  memcpy(half, p, (size_t)n * 2);
  return _mm_loadu_si128((const __m128i *)half);
}
AM_INLINE void store_halves(void *p, __m128i halves, int n) {
  uint16_t half[8];
  _mm_storeu_si128((__m128i *)half, halves);
  memcpy(p, half, (size_t)n * 2);
}

AM_INLINE Vec load(const float *p) { return {_mm256_loadu_ps(p)}; }
AM_INLINE Vec load(const float *p, int n) { return {_mm256_maskload_ps(p, first_lanes(n))}; }
AM_INLINE Vec widen_bf16(__m128i h) {
  return {_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(h), 16))};
}
AM_INLINE Vec load(const bf16 *p) { return widen_bf16(_mm_loadu_si128((const __m128i *)p)); }
AM_INLINE Vec load(const bf16 *p, int n) { return widen_bf16(load_halves(p, n)); }
AM_INLINE Vec load(const f16 *p) { return {_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p))}; }
AM_INLINE Vec load(const f16 *p, int n) { return {_mm256_cvtph_ps(load_halves(p, n))}; }

// bf16 bits in the low half of each 32-bit lane.
AM_INLINE __m256i bf16_bits(Vec a) {
  __m256i u = _mm256_castps_si256(a.v);
  __m256i odd = _mm256_and_si256(_mm256_srli_epi32(u, 16), _mm256_set1_epi32(1));
  __m256i rounded =
      _mm256_srli_epi32(_mm256_add_epi32(u, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff))), 16);
  __m256i quiet = _mm256_or_si256(_mm256_srli_epi32(u, 16), _mm256_set1_epi32(0x40));
  return _mm256_blendv_epi8(rounded, quiet,
                            _mm256_castps_si256(_mm256_cmp_ps(a.v, a.v, _CMP_UNORD_Q)));
}
AM_INLINE __m128i narrow_bf16(Vec a) {
  __m256i u = bf16_bits(a);
  return _mm256_castsi256_si128(_mm256_permute4x64_epi64(_mm256_packus_epi32(u, u), 0x08));
}
AM_INLINE void store(float *p, Vec a) { _mm256_storeu_ps(p, a.v); }
AM_INLINE void store(float *p, Vec a, int n) { _mm256_maskstore_ps(p, first_lanes(n), a.v); }
AM_INLINE void store(bf16 *p, Vec a) { _mm_storeu_si128((__m128i *)p, narrow_bf16(a)); }
AM_INLINE void store(bf16 *p, Vec a, int n) { store_halves(p, narrow_bf16(a), n); }
AM_INLINE void store(f16 *p, Vec a) {
  _mm_storeu_si128((__m128i *)p,
                   _mm256_cvtps_ph(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
AM_INLINE void store(f16 *p, Vec a, int n) {
  store_halves(p, _mm256_cvtps_ph(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC), n);
}
AM_INLINE Vec round_to_bf16(Vec a) {
  return {_mm256_castsi256_ps(_mm256_slli_epi32(bf16_bits(a), 16))};
}

AM_INLINE Vec add(Vec a, Vec b) { return {_mm256_add_ps(a.v, b.v)}; }
AM_INLINE Vec sub(Vec a, Vec b) { return {_mm256_sub_ps(a.v, b.v)}; }
AM_INLINE Vec mul(Vec a, Vec b) { return {_mm256_mul_ps(a.v, b.v)}; }
AM_INLINE Vec div(Vec a, Vec b) { return {_mm256_div_ps(a.v, b.v)}; }
AM_INLINE Vec fma(Vec a, Vec b, Vec c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }    // a * b + c
AM_INLINE Vec fnma(Vec a, Vec b, Vec c) { return {_mm256_fnmadd_ps(a.v, b.v, c.v)}; }  // c - a * b
AM_INLINE Vec sqrt(Vec a) { return {_mm256_sqrt_ps(a.v)}; }
AM_INLINE Vec min(Vec a, Vec b) { return {_mm256_min_ps(a.v, b.v)}; }  // b where either is NaN
AM_INLINE Vec max(Vec a, Vec b) { return {_mm256_max_ps(a.v, b.v)}; }  // b where either is NaN
AM_INLINE Vec neg(Vec a) { return {_mm256_xor_ps(a.v, _mm256_set1_ps(-0.0f))}; }
AM_INLINE Vec abs(Vec a) { return {_mm256_andnot_ps(_mm256_set1_ps(-0.0f), a.v)}; }
// magnitude must not be negative
AM_INLINE Vec copysign(Vec magnitude, Vec sign) {
  return {_mm256_or_ps(magnitude.v, _mm256_and_ps(sign.v, _mm256_set1_ps(-0.0f)))};
}
AM_INLINE Vec round_even(Vec a) {
  return {_mm256_round_ps(a.v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)};
}
AM_INLINE Vec floor(Vec a) {
  return {_mm256_round_ps(a.v, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC)};
}

AM_INLINE Mask less(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ)}; }
AM_INLINE Mask less_equal(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_LE_OQ)}; }
AM_INLINE Mask equal(Vec a, Vec b) { return {_mm256_cmp_ps(a.v, b.v, _CMP_EQ_OQ)}; }
AM_INLINE Mask is_nan(Vec a) { return {_mm256_cmp_ps(a.v, a.v, _CMP_UNORD_Q)}; }
AM_INLINE Mask both(Mask a, Mask b) { return {_mm256_and_ps(a.v, b.v)}; }
AM_INLINE Mask either(Mask a, Mask b) { return {_mm256_or_ps(a.v, b.v)}; }
AM_INLINE bool any(Mask a) { return _mm256_movemask_ps(a.v) != 0; }
AM_INLINE Vec select(Mask m, Vec yes, Vec no) { return {_mm256_blendv_ps(no.v, yes.v, m.v)}; }

// 2^n for whole n in [-126, 127].
AM_INLINE Vec power_of_two(__m256i n) {
  return {_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(n, _mm256_set1_epi32(127)), 23))};
}
// a * 2^n for whole n in [-250, 250]; two factors, so that only the last one can leave the normal
// range.
AM_INLINE Vec scale_by_power(Vec a, Vec n) {
  __m256i whole = _mm256_cvtps_epi32(n.v), half = _mm256_srai_epi32(whole, 1);
  return mul(mul(a, power_of_two(half)), power_of_two(_mm256_sub_epi32(whole, half)));
}
// For finite a > 0 and normal: a = fraction * 2^exponent with fraction in [0.5, 1).
AM_INLINE Vec split_exponent(Vec a, Vec &exponent) {
  __m256i u = _mm256_castps_si256(a.v);
  exponent.v =
      _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_srli_epi32(u, 23), _mm256_set1_epi32(126)));
  return {_mm256_castsi256_ps(_mm256_or_si256(_mm256_and_si256(u, _mm256_set1_epi32(0x7fffff)),
                                              _mm256_set1_epi32(0x3f000000)))};
}

// Transposes LANES x LANES lanes of 32 bits in place.
AM_INLINE void transpose(Vec *rows) {
  __m256 t[8], u[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; i += 2) {
    t[i] = _mm256_unpacklo_ps(rows[i].v, rows[i + 1].v);
    t[i + 1] = _mm256_unpackhi_ps(rows[i].v, rows[i + 1].v);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 8; i += 4) {
    u[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
    u[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
    u[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
    u[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    rows[i].v = _mm256_permute2f128_ps(u[i], u[i + 4], 0x20);
    rows[i + 4].v = _mm256_permute2f128_ps(u[i], u[i + 4], 0x31);
  }
}

}  // namespace automodel::AM_ISA
