// The innermost loop of matrix products on tiles: a block of at most 2 x 2 tiles of sums over
// packed panels. A step of the depth is 16 pairs of bf16. A left panel holds [step][32 rows][16
// pairs], a right panel [step][16 pairs][32 columns].
#pragma once

#include "../prelude.h"
#include "../tile/tile.h"
#include "../vector/vector.h"

namespace automodel::AM_ISA {

constexpr int BLOCK_SIDE = 2 * TILE_SIDE;  // rows and columns of a block
constexpr int64_t STEP_WORDS = BLOCK_SIDE * TILE_SIDE;

struct BlockPanels {
  const float *left, *right;
  int64_t steps;
};
struct BlockSums {
  float *to;
  int64_t stride;
  bool add;  // to what is there
};

#if defined(AM_TILES)
// Sums are tiles 0 to 3, the left operand 4 and 5, the right one 6 and 7.
template <bool TWO_ROWS, bool TWO_COLUMNS>
AM_INLINE void clear_block() {
  clear_tile<0>();
  if (TWO_COLUMNS) clear_tile<1>();
  if (TWO_ROWS) clear_tile<2>();
  if (TWO_ROWS && TWO_COLUMNS) clear_tile<3>();
}
template <bool TWO_ROWS>
AM_INLINE void load_left(const float *step) {
  load_tile<4>(step, 4 * TILE_SIDE);
  if (TWO_ROWS) load_tile<5>(step + TILE_WORDS, 4 * TILE_SIDE);
}
template <bool TWO_COLUMNS>
AM_INLINE void load_right(const float *step) {
  load_tile<6>(step, 4 * BLOCK_SIDE);
  if (TWO_COLUMNS) load_tile<7>(step + TILE_SIDE, 4 * BLOCK_SIDE);
}
template <bool TWO_ROWS, bool TWO_COLUMNS>
AM_INLINE void multiply_loaded() {
  multiply_tiles<0, 4, 6>();
  if (TWO_COLUMNS) multiply_tiles<1, 4, 7>();
  if (TWO_ROWS) multiply_tiles<2, 5, 6>();
  if (TWO_ROWS && TWO_COLUMNS) multiply_tiles<3, 5, 7>();
}
template <bool TWO_ROWS, bool TWO_COLUMNS>
AM_INLINE void store_block(float *to, int64_t stride) {
  store_tile<0>(to, stride * 4);
  if (TWO_COLUMNS) store_tile<1>(to + TILE_SIDE, stride * 4);
  if (TWO_ROWS) store_tile<2>(to + TILE_SIDE * stride, stride * 4);
  if (TWO_ROWS && TWO_COLUMNS) store_tile<3>(to + TILE_SIDE * stride + TILE_SIDE, stride * 4);
}

// Adds whole sums to what is there, as the kernels on vectors do.
AM_INLINE void add_block(const float *sums, const BlockSums &c, int rows, int columns) {
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns; j += LANES) {
      float *p = c.to + i * c.stride + j;
      store(p, load(p) + load(sums + i * BLOCK_SIDE + j));
    }
}

template <bool TWO_ROWS, bool TWO_COLUMNS>
static void multiply_block_of(const BlockPanels &p, const BlockSums &c) {
  clear_block<TWO_ROWS, TWO_COLUMNS>();
  for (int64_t step = 0; step < p.steps; step++) {
    load_left<TWO_ROWS>(p.left + step * STEP_WORDS);
    load_right<TWO_COLUMNS>(p.right + step * STEP_WORDS);
    multiply_loaded<TWO_ROWS, TWO_COLUMNS>();
  }
  if (!c.add) return store_block<TWO_ROWS, TWO_COLUMNS>(c.to, c.stride);
  alignas(64) float sums[BLOCK_SIDE * BLOCK_SIDE];
  store_block<TWO_ROWS, TWO_COLUMNS>(sums, BLOCK_SIDE);
  add_block(sums, c, TWO_ROWS ? BLOCK_SIDE : TILE_SIDE, TWO_COLUMNS ? BLOCK_SIDE : TILE_SIDE);
}

// Writes the first tile and those that are asked for.
AM_INLINE void multiply_block(const BlockPanels &p, bool two_rows, bool two_columns,
                              const BlockSums &c) {
  if (two_rows)
    two_columns ? multiply_block_of<true, true>(p, c) : multiply_block_of<true, false>(p, c);
  else
    two_columns ? multiply_block_of<false, true>(p, c) : multiply_block_of<false, false>(p, c);
}
#endif

}  // namespace automodel::AM_ISA
