// Products by vectors: tiles of sums in registers (micro-kernel.h), panels of whole units (pack.h).
#pragma once

#include "../prelude.h"
#include "micro-kernel.h"
#include "pack.h"
#include "panels.h"
#include "product-operand.h"

namespace automodel::AM_ISA {

constexpr PackMode F32_MODE = PLAIN;
#if defined(AM_BF16_DOT)
constexpr PackMode BF16_MODE = PAIRS;
#else
constexpr PackMode BF16_MODE = ROUNDED;
#endif

// Of both engines: the largest tile, and the words of a panel's row in the longest block.
constexpr int64_t MOST_TILE_ROWS = TILE_ROWS, MOST_TILE_COLUMNS = TILE_COLUMNS,
                  MOST_BLOCK_WORDS = 512;

AM_INLINE constexpr Engine engine_of(PackMode mode) {
  return {mode, TILE_ROWS, TILE_COLUMNS, mode == PAIRS ? 2 : 1, 1, 1, MOST_BLOCK_WORDS};
}

// Rows [row, row + count) over [k, k + depth) into panels that lie `panel_stride` words apart.
static void pack_panels(const Engine &e, Side side, const Operand &operand, int64_t row,
                        int64_t count, int64_t k, int64_t depth, float *panels,
                        int64_t panel_stride) {
  const int width = side == LEFT ? e.rows : e.columns;
  if (e.mode == PLAIN)
    pack_rows<PLAIN>(operand, row, count, width, k, depth, panels, panel_stride);
  else
    pack_rows<BF16_MODE>(operand, row, count, width, k, depth, panels, panel_stride);
}

// Whether multiply_panels writes that part of a tile and nothing beside it.
AM_INLINE bool writes_only(const Engine &e, TileSize size) { return size.columns == e.columns; }

// c = (add ? c : 0) + left . right over `units` of two panels.
AM_INLINE void multiply_panels(const Engine &e, const float *left, const float *right,
                               int64_t units, TileSize size, float *c, int64_t c_stride,
                               bool add_to_c) {
#if defined(AM_BF16_DOT)
  if (e.mode == PAIRS)
    return micro_kernel_for<true>(size.rows)(left, right, units, c, c_stride, add_to_c);
#endif
  (void)e;
  micro_kernel_for<false>(size.rows)(left, right, units, c, c_stride, add_to_c);
}

}  // namespace automodel::AM_ISA
