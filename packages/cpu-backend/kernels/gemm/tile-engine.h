// Products by tiles (tile/tile.h): blocks of 32 x 32 sums (tile-kernel.h), panels of whole steps of
// the depth (tile-pack.h). f32 goes through six products of bf16.
#pragma once

#include "../prelude.h"
#include "panels.h"
#include "product-operand.h"
#include "tile-kernel.h"
#include "tile-pack.h"

namespace automodel::AM_ISA {

#if defined(AM_TILES)
constexpr PackMode F32_MODE = SPLIT, BF16_MODE = TILES;

// Of both engines: the largest tile, and the words of a panel's row in the longest block.
constexpr int64_t MOST_TILE_ROWS = BLOCK_SIDE, MOST_TILE_COLUMNS = BLOCK_SIDE,
                  MOST_BLOCK_WORDS = SPLIT_TERMS * 256;

AM_INLINE constexpr Engine engine_of(PackMode mode) {
  if (mode == SPLIT) return {mode, BLOCK_SIDE, BLOCK_SIDE, 2, TILE_SIDE, SPLIT_TERMS, 256};
  return {mode, BLOCK_SIDE, BLOCK_SIDE, 2, TILE_SIDE, 1, 512};
}

// Rows [row, row + count) over [k, k + depth) into panels that lie `panel_stride` words apart.
static void pack_panels(const Engine &e, Side side, const Operand &operand, int64_t row,
                        int64_t count, int64_t k, int64_t depth, float *panels,
                        int64_t panel_stride) {
  const PackedRows rows = {row, count, k, depth, units_of(e, depth)};
  if (e.mode == SPLIT)
    pack_tiles<SPLIT_TERMS>(side, operand, rows, panels, panel_stride);
  else
    pack_tiles<1>(side, operand, rows, panels, panel_stride);
}

// Whether multiply_panels writes that part of a tile and nothing beside it.
AM_INLINE bool writes_only(const Engine &e, TileSize size) {
  return size.columns == e.columns && size.rows == e.rows;
}

// c = (add ? c : 0) + left . right over `units` of two panels.
AM_INLINE void multiply_panels(const Engine &e, const float *left, const float *right,
                               int64_t units, TileSize size, float *c, int64_t c_stride,
                               bool add_to_c) {
  const BlockPanels panels = {left, right, units / TILE_SIDE};
  const BlockSums sums = {c, c_stride, add_to_c};
  const bool two_rows = size.rows > TILE_SIDE, two_columns = size.columns > TILE_SIDE;
  if (e.mode == SPLIT)
    multiply_block<SPLIT_TERMS>(panels, two_rows, two_columns, sums);
  else
    multiply_block<1>(panels, two_rows, two_columns, sums);
}
#endif

}  // namespace automodel::AM_ISA
