// A whole product inside one chunk, with nothing shared: both operands are packed into scratch
// block by block. For products over a piece of a very long depth, where a shared copy would be
// large.
// The output is f32 with contiguous columns, alpha 1, no bias and no previous values.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "micro-kernel.h"
#include "pack.h"
#include "product.h"

namespace automodel::AM_ISA {

static int64_t product_alone_scratch(int64_t rows) {
  return ceil_div(rows, TILE_ROWS) * TILE_ROWS * BLOCK_UNITS * 4 + BLOCK_UNITS * TILE_COLUMNS * 4;
}

static void product_alone(const Product &p, char *scratch) {
  const PackMode mode = p.bf16_compute ? BF16_MODE : PLAIN;
  const int64_t block_depth = BLOCK_UNITS * elements_per_unit(mode),
                left_panels = ceil_div(p.rows, TILE_ROWS);
  float *left = (float *)scratch, *right = left + left_panels * TILE_ROWS * BLOCK_UNITS;
  for (int64_t k = 0; k < p.depth; k += block_depth) {
    const int64_t depth = min64(block_depth, p.depth - k),
                  units = ceil_div(depth, elements_per_unit(mode));
    pack_panels(mode, p.left, 0, p.rows, TILE_ROWS, k, depth, left, TILE_ROWS * BLOCK_UNITS);
    for (int64_t column = 0; column < p.columns; column += TILE_COLUMNS) {
      const int columns = (int)min64(TILE_COLUMNS, p.columns - column);
      pack_panels(mode, p.right, column, columns, TILE_COLUMNS, k, depth, right, 0);
      for (int64_t panel = 0; panel < left_panels; panel++) {
        const int64_t row = panel * TILE_ROWS;
        const int rows = (int)min64(TILE_ROWS, p.rows - row);
        const float *a = left + panel * TILE_ROWS * BLOCK_UNITS;
        if (columns == TILE_COLUMNS) {
          micro_kernel_for(rows, mode)(a, right, units,
                                       (float *)p.out + row * p.out_row_stride + column,
                                       p.out_row_stride, k > 0);
        } else {
          float tile[TILE_ROWS * TILE_COLUMNS];
          micro_kernel_for(rows, mode)(a, right, units, tile, TILE_COLUMNS, false);
          finish_tile(p, row, column, rows, columns, tile, TILE_COLUMNS, k == 0);
        }
      }
    }
  }
}

}  // namespace automodel::AM_ISA
