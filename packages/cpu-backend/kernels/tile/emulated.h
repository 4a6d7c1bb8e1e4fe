// Tiles in plain C++, for tests on machines without them. See tile.h for what they hold.
// The numbers are those of TDPBF16PS in Intel's Software Developer's Manual, volume 2: sums over
// the first and over the second elements of the 16 pairs, each a chain of fused multiply-adds from
// zero; the two are added, then added to the tile. Everything is rounded to nearest even, and what
// is below 2^-126 counts as zero, going in and coming out.
#pragma once

#include "../prelude.h"
#include "../vector/storage.h"

namespace automodel::AM_ISA {

struct EmulatedTiles {
  uint32_t rows[8][16][16];
  bool configured;
};
static thread_local EmulatedTiles tiles;

AM_INLINE void configure_tiles() { tiles.configured = true; }

template <int T>
AM_INLINE void clear_tile() {
  memset(tiles.rows[T], 0, sizeof(tiles.rows[T]));
}
template <int T>
AM_INLINE void load_tile(const void *rows, int64_t row_bytes) {
  for (int i = 0; i < 16; i++) memcpy(tiles.rows[T][i], (const char *)rows + i * row_bytes, 64);
}
// The instructions fault on a thread that has not configured its tiles; here the sums are NaN.
template <int T>
AM_INLINE void store_tile(float *rows, int64_t row_bytes) {
  for (int i = 0; i < 16; i++) {
    if (tiles.configured)
      memcpy((char *)rows + i * row_bytes, tiles.rows[T][i], 64);
    else
      memset((char *)rows + i * row_bytes, 0xff, 64);
  }
}

AM_INLINE float without_denormals(float x) {
  const uint32_t bits = bits_of(x);
  return from_bits((bits & 0x7f800000u) == 0 ? bits & 0x80000000u : bits);
}
AM_INLINE float first_of_pair(uint32_t pair) { return without_denormals(from_bits(pair << 16)); }
AM_INLINE float second_of_pair(uint32_t pair) {
  return without_denormals(from_bits(pair & 0xffff0000u));
}

template <int SUMS, int LEFT, int RIGHT>
AM_INLINE void multiply_tiles() {
  for (int i = 0; i < 16; i++) {
    float first[16] = {}, second[16] = {}, sums[16];
    for (int k = 0; k < 16; k++) {
      const float a = first_of_pair(tiles.rows[LEFT][i][k]),
                  b = second_of_pair(tiles.rows[LEFT][i][k]);
      for (int j = 0; j < 16; j++) {
        const uint32_t pair = tiles.rows[RIGHT][k][j];
        first[j] = without_denormals(__builtin_fmaf(a, first_of_pair(pair), first[j]));
        second[j] = without_denormals(__builtin_fmaf(b, second_of_pair(pair), second[j]));
      }
    }
    memcpy(sums, tiles.rows[SUMS][i], 64);
    for (int j = 0; j < 16; j++)
      sums[j] =
          without_denormals(without_denormals(sums[j]) + without_denormals(first[j] + second[j]));
    memcpy(tiles.rows[SUMS][i], sums, 64);
  }
}

}  // namespace automodel::AM_ISA
