// What all engines of products have in common: how they cut operands into panels, and the sizes
// that follow from it.
#pragma once

#include "../prelude.h"
#include "../operand.h"

namespace automodel::AM_ISA {

// How operands are packed: as f32, as f32 rounded to bf16, as pairs of bf16 for the dot-product
// instruction, as pairs of bf16 for tiles, or as three such pairs that add up to f32.
enum PackMode { PLAIN, ROUNDED, PAIRS, TILES, SPLIT };

// Rows of the left operand are rows of the result, rows of the right one its columns.
enum Side { LEFT, RIGHT };

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

}  // namespace automodel::AM_ISA
