// Words of two bf16 that follow one another in the depth, the first one in the low half: what
// products of pairs read. Values are rounded to nearest even; numbers below 2^-126 may become zero,
// which is what these products take them for.
#pragma once

#include "../prelude.h"
#include "storage.h"
#include "vector.h"

namespace automodel::AM_ISA {

#if defined(AM_VECTOR_AVX512) && defined(__AVX512BF16__)
// 2 * LANES values in order.
AM_INLINE Vec pairs_of_run(Vec low, Vec high) {
  return {(__m512)_mm512_cvtne2ps_pbh(high.v, low.v)};
}
AM_INLINE Vec join_pairs(__m512i low, __m512i high) {
  return {_mm512_castsi512_ps(_mm512_or_si512(low, _mm512_slli_epi32(high, 16)))};
}
// In each lane a value of `low` and the one that follows it in the depth, of `high`.
AM_INLINE Vec pairs_of_rows(Vec low, Vec high) {
  return join_pairs(_mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(low.v)),
                    _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(high.v)));
}
AM_INLINE __m512i stored_bits(const bf16 *p, int n) {
  return _mm512_cvtepu16_epi32(n == LANES ? _mm256_loadu_si256((const __m256i *)p)
                                          : _mm256_maskz_loadu_epi16(first_lanes(n), p));
}
// The same of n rows that are stored as bf16, without a conversion; `high` may be null: zeros.
AM_INLINE Vec pairs_across(const bf16 *low, const bf16 *high, int n) {
  return join_pairs(stored_bits(low, n),
                    high == nullptr ? _mm512_setzero_si512() : stored_bits(high, n));
}
#else
AM_INLINE Vec pairs_of_run(Vec low, Vec high) {
  bf16 run[2 * LANES];
  store(run, low);
  store(run + LANES, high);
  return load((const float *)(const void *)run);
}
AM_INLINE Vec pairs_across(const bf16 *low, const bf16 *high, int n) {
  uint32_t words[LANES] = {};
  for (int i = 0; i < n; i++)
    words[i] = (uint32_t)low[i].bits | (high == nullptr ? 0 : (uint32_t)high[i].bits << 16);
  return load((const float *)(const void *)words);
}
AM_INLINE Vec pairs_of_rows(Vec low, Vec high) {
  bf16 first[LANES], second[LANES];
  store(first, low);
  store(second, high);
  return pairs_across(first, second, LANES);
}
#endif
template <class T>
AM_INLINE Vec pairs_across(const T *low, const T *high, int n) {
  const Vec first = n == LANES ? load(low) : load(low, n);
  if (high == nullptr) return pairs_of_rows(first, zero());
  return pairs_of_rows(first, n == LANES ? load(high) : load(high, n));
}

// LANES pairs along a contiguous depth, of which n values exist.
template <class T>
AM_INLINE Vec pairs_along(const T *p, int64_t n) {
  if (n < 2 * LANES)
    return pairs_of_run(load(p, n < LANES ? (int)n : LANES),
                        n > LANES ? load(p + LANES, (int)n - LANES) : zero());
  if (__is_same(T, bf16)) return load((const float *)(const void *)p);
  return pairs_of_run(load(p), load(p + LANES));
}

}  // namespace automodel::AM_ISA
