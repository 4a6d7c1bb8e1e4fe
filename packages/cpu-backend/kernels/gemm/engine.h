// What computes a product: how its operands are packed as panels, and what multiplies two panels to
// a tile of sums. One engine for each PackMode; which ones there are depends on the instruction
// set.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "micro-kernel.h"
#include "tile-kernel.h"

namespace automodel::AM_ISA {

// How operands are packed: as f32, as f32 rounded to bf16, as pairs of bf16 for the dot-product
// instruction, or as pairs of bf16 for tiles.
enum PackMode { PLAIN = 0, ROUNDED = 1, PAIRS = 2, TILES = 3 };
constexpr PackMode F32_MODE = PLAIN;
#if defined(AM_TILES)
constexpr PackMode BF16_MODE = TILES;
#elif defined(AM_BF16_DOT)
constexpr PackMode BF16_MODE = PAIRS;
#else
constexpr PackMode BF16_MODE = ROUNDED;
#endif
AM_INLINE constexpr bool uses_tiles(PackMode mode) { return mode == TILES; }

// A panel holds `rows` rows of the left operand or `columns` of the right one, and of the depth
// whole steps of `step_units` units. Per row and unit it has `unit_words` words of 32 bits.
struct Engine {
  PackMode mode;
  int rows, columns;    // of a tile of sums
  int unit_depth;       // elements of the depth in a unit
  int step_units;       // units beyond the depth are zeros
  int unit_words;       // of one row
  int64_t block_units;  // depth of a block, in units
};

AM_INLINE constexpr Engine engine_of(PackMode mode) {
  if (mode == TILES) return {mode, BLOCK_SIDE, BLOCK_SIDE, 2, TILE_SIDE, 1, 512};
  return {mode, TILE_ROWS, TILE_COLUMNS, mode == PAIRS ? 2 : 1, 1, 1, 512};
}
AM_INLINE constexpr Engine product_engine(bool bf16_compute) {
  return engine_of(bf16_compute ? BF16_MODE : F32_MODE);
}

// Of all engines here: the largest tile, and the words of a panel's row in the longest block.
#if defined(AM_TILES)
constexpr int64_t MOST_TILE_ROWS = BLOCK_SIDE, MOST_TILE_COLUMNS = BLOCK_SIDE;
#else
constexpr int64_t MOST_TILE_ROWS = TILE_ROWS, MOST_TILE_COLUMNS = TILE_COLUMNS;
#endif
constexpr int64_t MOST_TILE_WORDS = MOST_TILE_ROWS * MOST_TILE_COLUMNS, MOST_BLOCK_WORDS = 512;

AM_INLINE int64_t units_of(const Engine &e, int64_t depth) {
  return round_up(ceil_div(depth, e.unit_depth), e.step_units);
}
// Words of a panel `width` wide.
AM_INLINE int64_t panel_words(const Engine &e, int64_t units, int64_t width) {
  return units * width * e.unit_words;
}

// The part of a tile of sums that exists.
struct TileSize {
  int rows, columns;
};

// Whether multiply_panels writes that part of a tile and nothing beside it.
AM_INLINE bool writes_only(const Engine &e, TileSize size) {
  return size.columns == e.columns && (!uses_tiles(e.mode) || size.rows == e.rows);
}

// c = (add ? c : 0) + left . right over `units` of two panels.
AM_INLINE void multiply_panels(const Engine &e, const float *left, const float *right,
                               int64_t units, TileSize size, float *c, int64_t c_stride,
                               bool add_to_c) {
#if defined(AM_TILES)
  if (uses_tiles(e.mode))
    return multiply_block({left, right, units / TILE_SIDE}, size.rows > TILE_SIDE,
                          size.columns > TILE_SIDE, {c, c_stride, add_to_c});
#endif
#if defined(AM_BF16_DOT)
  if (e.mode == PAIRS)
    return micro_kernel_for<true>(size.rows)(left, right, units, c, c_stride, add_to_c);
#endif
  (void)e;
  micro_kernel_for<false>(size.rows)(left, right, units, c, c_stride, add_to_c);
}

}  // namespace automodel::AM_ISA
