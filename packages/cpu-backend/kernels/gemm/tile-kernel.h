// The innermost loop of matrix products on tiles: a block of at most 2 x 2 tiles of sums over
// packed panels. A step of the depth is 16 pairs of bf16. A left panel holds [step][32 rows][16
// pairs], a right panel [step][16 pairs][32 columns].
#pragma once

#include "../prelude.h"
#include "../tile/tile.h"
#include "../vector/storage.h"
#include "../vector/vector.h"

namespace automodel::AM_ISA {

constexpr int BLOCK_SIDE = 2 * TILE_SIDE;               // rows and columns of a block
constexpr int64_t STEP_WORDS = BLOCK_SIDE * TILE_SIDE;  // of one term
constexpr int SPLIT_TERMS = 3;

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
// Strides are from row to row, in words.
template <bool TWO_ROWS>
AM_INLINE void load_left(const float *step, int64_t stride = TILE_SIDE) {
  load_tile<4>(step, 4 * stride);
  if (TWO_ROWS) load_tile<5>(step + TILE_SIDE * stride, 4 * stride);
}
template <bool TWO_COLUMNS>
AM_INLINE void load_right(const float *step, int64_t stride = BLOCK_SIDE) {
  load_tile<6>(step, 4 * stride);
  if (TWO_COLUMNS) load_tile<7>(step + TILE_SIDE, 4 * stride);
}
template <bool TWO_ROWS, bool TWO_COLUMNS>
AM_INLINE void load_block(const float *sums, int64_t stride) {
  load_tile<0>(sums, stride * 4);
  if (TWO_COLUMNS) load_tile<1>(sums + TILE_SIDE, stride * 4);
  if (TWO_ROWS) load_tile<2>(sums + TILE_SIDE * stride, stride * 4);
  if (TWO_ROWS && TWO_COLUMNS) load_tile<3>(sums + TILE_SIDE * stride + TILE_SIDE, stride * 4);
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

// The products of a step but for that of the first terms, the smallest first but for the order that
// loads least; leaves the first term of the right operand loaded. The products of the second and
// the third with a third are left out: at most 2^-24 of the product of the numbers.
template <bool TWO_ROWS, bool TWO_COLUMNS>
AM_INLINE void multiply_small_terms(const float *left, const float *right) {
  load_left<TWO_ROWS>(left);
  load_right<TWO_COLUMNS>(right + 2 * STEP_WORDS);
  multiply_loaded<TWO_ROWS, TWO_COLUMNS>();
  load_right<TWO_COLUMNS>(right + STEP_WORDS);
  multiply_loaded<TWO_ROWS, TWO_COLUMNS>();
  load_left<TWO_ROWS>(left + STEP_WORDS);
  multiply_loaded<TWO_ROWS, TWO_COLUMNS>();
  load_right<TWO_COLUMNS>(right);
  multiply_loaded<TWO_ROWS, TWO_COLUMNS>();
  load_left<TWO_ROWS>(left + 2 * STEP_WORDS);
  multiply_loaded<TWO_ROWS, TWO_COLUMNS>();
}

// All steps of the depth; the sums are in tiles then.
template <int TERMS, bool TWO_ROWS, bool TWO_COLUMNS>
AM_INLINE void multiply_steps(const BlockPanels &p) {
  clear_block<TWO_ROWS, TWO_COLUMNS>();
  for (int64_t step = 0; step < p.steps; step++) {
    const float *left = p.left + step * TERMS * STEP_WORDS,
                *right = p.right + step * TERMS * STEP_WORDS;
    if (TERMS > 1) multiply_small_terms<TWO_ROWS, TWO_COLUMNS>(left, right);
    load_left<TWO_ROWS>(left);
    if (TERMS == 1) load_right<TWO_COLUMNS>(right);
    multiply_loaded<TWO_ROWS, TWO_COLUMNS>();
  }
}

AM_INLINE bool are_finite(const float *sums, int rows, int columns) {
  Vec differences = zero();
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns; j += LANES) {
      const Vec x = load(sums + i * BLOCK_SIDE + j);
      differences += x - x;
    }
  return !any(is_nan(differences));
}

// The number that the terms at a word add up to: its first or its second one.
AM_INLINE float sum_of_terms(const float *word, bool second) {
  float sum = 0.0f;
  for (int term = 0; term < SPLIT_TERMS; term++) {
    const uint32_t bits = bits_of(word[term * STEP_WORDS]);
    sum += from_bits(second ? bits & 0xffff0000u : bits << 16);
  }
  return sum;
}

// The same sums by vectors. Where an operand is infinite, its product with a term of zero would be
// NaN; and a first term that is rounded up can make a product infinite that is not.
static void multiply_numbers(const BlockPanels &p, int rows, int columns, float *sums) {
  memset(sums, 0, BLOCK_SIDE * BLOCK_SIDE * 4);
  float numbers[BLOCK_SIDE];
  for (int64_t unit = 0; unit < p.steps * BLOCK_SIDE; unit++) {
    const int64_t step = unit / BLOCK_SIDE * SPLIT_TERMS * STEP_WORDS, pair = unit % BLOCK_SIDE / 2;
    const bool second = unit % 2 != 0;
    for (int j = 0; j < columns; j++)
      numbers[j] = sum_of_terms(p.right + step + pair * BLOCK_SIDE + j, second);
    for (int i = 0; i < rows; i++) {
      const Vec a = splat(sum_of_terms(p.left + step + i * TILE_SIDE + pair, second));
      for (int j = 0; j < columns; j += LANES) {
        float *sum = sums + i * BLOCK_SIDE + j;
        store(sum, fma(a, load(numbers + j), load(sum)));
      }
    }
  }
}

// Whole sums go to what is there, as those of the kernels on vectors do.
AM_INLINE void copy_block(const float *sums, const BlockSums &c, int rows, int columns) {
  for (int i = 0; i < rows; i++)
    for (int j = 0; j < columns; j += LANES) {
      const Vec sum = load(sums + i * BLOCK_SIDE + j);
      float *p = c.to + i * c.stride + j;
      store(p, c.add ? load(p) + sum : sum);
    }
}

template <int TERMS, bool TWO_ROWS, bool TWO_COLUMNS>
static void multiply_block_of(const BlockPanels &p, const BlockSums &c) {
  constexpr int ROWS = TWO_ROWS ? BLOCK_SIDE : TILE_SIDE,
                COLUMNS = TWO_COLUMNS ? BLOCK_SIDE : TILE_SIDE;
  multiply_steps<TERMS, TWO_ROWS, TWO_COLUMNS>(p);
  if (TERMS == 1 && !c.add) return store_block<TWO_ROWS, TWO_COLUMNS>(c.to, c.stride);
  alignas(64) float sums[BLOCK_SIDE * BLOCK_SIDE];
  store_block<TWO_ROWS, TWO_COLUMNS>(sums, BLOCK_SIDE);
  if (TERMS > 1 && !are_finite(sums, ROWS, COLUMNS)) multiply_numbers(p, ROWS, COLUMNS, sums);
  copy_block(sums, c, ROWS, COLUMNS);
}

// Writes the first tile and those that are asked for.
template <int TERMS>
AM_INLINE void multiply_block(const BlockPanels &p, bool two_rows, bool two_columns,
                              const BlockSums &c) {
  if (two_rows)
    two_columns ? multiply_block_of<TERMS, true, true>(p, c)
                : multiply_block_of<TERMS, true, false>(p, c);
  else
    two_columns ? multiply_block_of<TERMS, false, true>(p, c)
                : multiply_block_of<TERMS, false, false>(p, c);
}
#endif

}  // namespace automodel::AM_ISA
