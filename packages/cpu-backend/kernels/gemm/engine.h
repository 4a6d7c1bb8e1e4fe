// What computes a product: how its operands are packed as panels, and what multiplies two panels to
// a tile of sums. An instruction set has two engines, for f32 and for operands rounded to bf16, by
// vectors or by tiles; both files offer the same names.
#pragma once

#include "../prelude.h"
#include "panels.h"
#include "product-operand.h"
#if defined(AM_TILES)
#include "tile-engine.h"
#else
#include "vector-engine.h"
#endif

namespace automodel::AM_ISA {

AM_INLINE constexpr Engine product_engine(bool bf16_compute) {
  return engine_of(bf16_compute ? BF16_MODE : F32_MODE);
}

constexpr int64_t MOST_TILE_WORDS = MOST_TILE_ROWS * MOST_TILE_COLUMNS;

// Rows [row, row + count) over [k, k + depth) of a quantised operand as numbers in `buffer`, which
// packing then reads from row 0 and depth 0.
static Operand dequantized(const Engine &e, const Operand &operand, int64_t row, int64_t count,
                           int64_t k, int64_t depth, char *buffer) {
  const bool across = operand.depth_stride != 1;  // the weight's rows run down the depth
  const int64_t first = across ? k : row, lines = across ? depth : count, column = across ? row : k,
                length = across ? count : depth;
  for (int64_t i = 0; i < lines; i++) {
    if (e.mode == F32_MODE)
      dequantize_row(*operand.quantized, first + i, column, length, (float *)buffer + i * length);
    else
      dequantize_row(*operand.quantized, first + i, column, length, (bf16 *)buffer + i * length);
  }
  return {buffer, e.mode == F32_MODE ? F32 : BF16, across ? 1 : length, across ? length : 1};
}

}  // namespace automodel::AM_ISA
