// A whole product inside one chunk, with nothing shared: both operands are packed into scratch
// block by block. For products over a piece of a very long depth, where a shared copy would be
// large.
// The output is f32 with contiguous columns, alpha 1, no bias and no previous values.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "engine.h"
#include "product-operand.h"
#include "product.h"

namespace automodel::AM_ISA {

static int64_t product_alone_scratch(int64_t rows) {
  return (rows + MOST_TILE_ROWS + MOST_TILE_COLUMNS) * MOST_BLOCK_WORDS * 4;
}

static void product_alone(const Product &p, char *scratch) {
  const Engine e = product_engine(p.bf16_compute);
  const int64_t block_depth = e.block_units * e.unit_depth, left_panels = ceil_div(p.rows, e.rows),
                panel_stride = panel_words(e, e.block_units, e.rows);
  float *left = (float *)scratch, *right = left + left_panels * panel_stride;
  for (int64_t k = 0; k < p.depth; k += block_depth) {
    const int64_t depth = min64(block_depth, p.depth - k), units = units_of(e, depth);
    pack_panels(e, LEFT, p.left, 0, p.rows, k, depth, left, panel_stride);
    for (int64_t column = 0; column < p.columns; column += e.columns) {
      const int columns = (int)min64(e.columns, p.columns - column);
      pack_panels(e, RIGHT, p.right, column, columns, k, depth, right, 0);
      for (int64_t panel = 0; panel < left_panels; panel++) {
        const int64_t row = panel * e.rows;
        const TileSize size = {(int)min64(e.rows, p.rows - row), columns};
        const float *a = left + panel * panel_stride;
        if (writes_only(e, size)) {
          multiply_panels(e, a, right, units, size,
                          (float *)p.out + row * p.out_row_stride + column, p.out_row_stride,
                          k > 0);
        } else {
          float tile[MOST_TILE_WORDS];
          multiply_panels(e, a, right, units, size, tile, e.columns, false);
          finish_tile(p, row, column, size, tile, e.columns, k == 0);
        }
      }
    }
  }
}

}  // namespace automodel::AM_ISA
