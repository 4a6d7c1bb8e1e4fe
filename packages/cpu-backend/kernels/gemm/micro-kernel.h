// The innermost loop of matrix products: a tile of R x TILE_COLUMNS sums kept in registers, over
// packed panels.
// A left panel holds [unit][TILE_ROWS], a right panel [unit][TILE_COLUMNS]; a unit is 32 bits: one
// f32, or two neighbouring bf16 of the depth (pairs).
#pragma once

#include "../prelude.h"
#include "../vector/vector.h"

namespace automodel::AM_ISA {

// Sums in registers: 14x2 of 32 vectors (AVX-512), 6x2 of 16 (AVX2), 8x3 of 32 (NEON), 4x2 of 16
// (plain).
constexpr int TILE_ROWS = LANES == 16 ? 14 : LANES == 8 ? 6 : REGISTERS == 32 ? 8 : 4;
constexpr int TILE_VECTORS = LANES == 4 && REGISTERS == 32 ? 3 : 2;
constexpr int TILE_COLUMNS = TILE_VECTORS * LANES;

template <bool PAIRS>
AM_INLINE Vec multiply_add(Vec a, Vec b, Vec sum) {
#if defined(AM_BF16_DOT)
  if (PAIRS) return {_mm512_dpbf16_ps(sum.v, (__m512bh)a.v, (__m512bh)b.v)};
#endif
  return fma(a, b, sum);
}

// c[R, TILE_COLUMNS] = (add ? c : 0) + left . right
template <int R, bool PAIRS>
static void micro_kernel(const float *left, const float *right, int64_t units, float *c,
                         int64_t c_stride, bool add_to_c) {
  Vec sums[R][TILE_VECTORS];
#pragma GCC unroll 16
  for (int i = 0; i < R; i++)
#pragma GCC unroll 4
    for (int j = 0; j < TILE_VECTORS; j++) sums[i][j] = zero();
  for (int64_t u = 0; u < units; u++, left += TILE_ROWS, right += TILE_COLUMNS) {
    Vec b[TILE_VECTORS];
#pragma GCC unroll 4
    for (int j = 0; j < TILE_VECTORS; j++) b[j] = load(right + j * LANES);
#pragma GCC unroll 16
    for (int i = 0; i < R; i++) {
      Vec a = splat(left[i]);
#pragma GCC unroll 4
      for (int j = 0; j < TILE_VECTORS; j++) sums[i][j] = multiply_add<PAIRS>(a, b[j], sums[i][j]);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < R; i++)
#pragma GCC unroll 4
    for (int j = 0; j < TILE_VECTORS; j++) {
      float *p = c + i * c_stride + j * LANES;
      store(p, add_to_c ? add(load(p), sums[i][j]) : sums[i][j]);
    }
}

typedef void (*MicroKernel)(const float *, const float *, int64_t, float *, int64_t, bool);

template <int R, bool PAIRS>
struct MicroKernels {
  static MicroKernel of(int rows) {
    return rows == R ? micro_kernel<R, PAIRS> : MicroKernels<R - 1, PAIRS>::of(rows);
  }
};
template <bool PAIRS>
struct MicroKernels<0, PAIRS> {
  static MicroKernel of(int) { return nullptr; }
};

// The kernel that computes `rows` rows of a tile.
template <bool PAIRS>
AM_INLINE MicroKernel micro_kernel_for(int rows) {
  return MicroKernels<TILE_ROWS, PAIRS>::of(rows);
}

}  // namespace automodel::AM_ISA
