// Packing for tiles: panels as tile-kernel.h reads them. Blocks of LANES pairs of LANES rows are
// read along the depth or across the rows, whichever is contiguous, and turned where the panel
// wants the other order.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "../vector/pairs.h"
#include "../vector/vector.h"
#include "panels.h"
#include "product-operand.h"
#include "split.h"
#include "tile-kernel.h"

namespace automodel::AM_ISA {

#if defined(AM_TILES)
// What is left of an operand from one place on.
template <class T>
struct OperandPart {
  const T *data;
  int64_t row_stride, depth_stride;
  int64_t rows, depth;  // may be 0 or less
};

// LANES pairs of LANES rows, term by term.
template <int TERMS>
struct PackedBlock {
  Vec terms[TERMS][LANES];
};

template <int TERMS>
AM_INLINE void put_run(PackedBlock<TERMS> &block, int i, Vec low, Vec high) {
  if (TERMS == 1) block.terms[0][i] = pairs_of_run(low, high);
  for (int term = 0; TERMS > 1 && term < TERMS; term++)
    block.terms[term][i] = pairs_of_run(take_term(low), take_term(high));
}

// Vectors of LANES pairs, one for each row.
template <int TERMS, class T>
AM_INLINE void read_along(const OperandPart<T> &part, PackedBlock<TERMS> &block) {
  const int64_t n = min64(part.depth, 2 * LANES);
  for (int i = 0; i < LANES; i++) {
    const T *p = part.data + i * part.row_stride;
    const bool present = i < part.rows && n > 0;
    if (TERMS == 1) {
      block.terms[0][i] = present ? pairs_along(p, n) : zero();
      continue;
    }
    const Vec low = present ? load(p, (int)min64(n, LANES)) : zero(),
              high = present && n > LANES ? load(p + LANES, (int)n - LANES) : zero();
    put_run(block, i, low, high);
  }
}

// Vectors of LANES rows, one for each pair.
template <int TERMS, class T>
AM_INLINE void read_across(const OperandPart<T> &part, PackedBlock<TERMS> &block) {
  const int n = (int)max64(0, min64(LANES, part.rows));
  for (int u = 0; u < LANES; u++) {
    const T *low = part.data + 2 * u * part.depth_stride,
            *high = 2 * u + 1 < part.depth ? low + part.depth_stride : nullptr;
    // of the next block: each step of the depth is somewhere else, which hardware does not predict
    __builtin_prefetch(low + 2 * LANES * part.depth_stride);
    __builtin_prefetch(low + (2 * LANES + 1) * part.depth_stride);
    const bool present = n > 0 && 2 * u < part.depth;
    if (TERMS == 1) {
      block.terms[0][u] = present ? pairs_across(low, high, n) : zero();
      continue;
    }
    Vec first = present ? load(low, n) : zero(),
        second = present && high != nullptr ? load(high, n) : zero();
    for (int term = 0; term < TERMS; term++)
      block.terms[term][u] = pairs_of_rows(take_term(first), take_term(second));
  }
}

template <int TERMS, class T>
AM_INLINE void read_strided(const OperandPart<T> &part, PackedBlock<TERMS> &block) {
  for (int i = 0; i < LANES; i++) {
    float run[2 * LANES] = {};
    for (int k = 0; k < 2 * LANES && i < part.rows && k < part.depth; k++)
      run[k] = load_one(part.data + i * part.row_stride + k * part.depth_stride);
    put_run(block, i, load(run), load(run + LANES));
  }
}

// The block as the side wants it: rows of pairs on the left, pairs of rows on the right.
template <Side SIDE, int TERMS, class T>
AM_INLINE void read_block(const OperandPart<T> &part, PackedBlock<TERMS> &block) {
  const bool across = part.depth_stride != 1 && part.row_stride == 1;
  if (across)
    read_across(part, block);
  else if (part.depth_stride == 1)
    read_along(part, block);
  else
    read_strided(part, block);
  if (across != (SIDE == LEFT)) return;
  for (int term = 0; term < TERMS; term++) transpose(block.terms[term]);
}

template <Side SIDE, int TERMS>
AM_INLINE void store_block(const PackedBlock<TERMS> &block, int64_t unit, int row, float *panel) {
  const int64_t at = unit % TILE_SIDE;
  for (int term = 0; term < TERMS; term++) {
    float *step = panel + (unit / TILE_SIDE * TERMS + term) * STEP_WORDS;
    for (int i = 0; i < LANES; i++)
      store(SIDE == LEFT ? step + (row + i) * TILE_SIDE + at : step + (at + i) * BLOCK_SIDE + row,
            block.terms[term][i]);
  }
}

// Panels one after the other along the depth, or all of them for a piece of the depth, so that
// memory is read in long runs.
template <int TERMS, Side SIDE, class T>
static void pack_tiles_typed(const OperandPart<T> &whole, int64_t units, float *panels,
                             int64_t panel_stride) {
  const bool along = whole.depth_stride == 1;
  const int64_t panel_count = ceil_div(whole.rows, BLOCK_SIDE), blocks = units / LANES;
  for (int64_t i = 0; i < panel_count * blocks; i++) {
    const int64_t panel = along ? i / blocks : i % panel_count,
                  unit = (along ? i % blocks : i / panel_count) * LANES;
    for (int row = 0; row < BLOCK_SIDE; row += LANES) {
      const int64_t first = panel * BLOCK_SIDE + row;
      const OperandPart<T> part = {
          whole.data + first * whole.row_stride + 2 * unit * whole.depth_stride, whole.row_stride,
          whole.depth_stride, whole.rows - first, whole.depth - 2 * unit};
      PackedBlock<TERMS> block;
      read_block<SIDE>(part, block);
      store_block<SIDE>(block, unit, row, panels + panel * panel_stride);
    }
  }
}

// Rows [first, first + count) over [k, k + depth), padded to so many units.
struct PackedRows {
  int64_t first, count, k, depth, units;
};

template <int TERMS, class T>
static void pack_tiles_of(Side side, const Operand &operand, const PackedRows &rows, float *panels,
                          int64_t panel_stride) {
  const OperandPart<T> whole = {
      (const T *)operand.data + rows.first * operand.row_stride + rows.k * operand.depth_stride,
      operand.row_stride, operand.depth_stride, rows.count, rows.depth};
  if (side == LEFT)
    pack_tiles_typed<TERMS, LEFT>(whole, rows.units, panels, panel_stride);
  else
    pack_tiles_typed<TERMS, RIGHT>(whole, rows.units, panels, panel_stride);
}

// Panels lie `panel_stride` words apart.
template <int TERMS>
static void pack_tiles(Side side, const Operand &operand, const PackedRows &rows, float *panels,
                       int64_t panel_stride) {
  if (operand.dtype == F32)
    pack_tiles_of<TERMS, float>(side, operand, rows, panels, panel_stride);
  else if (operand.dtype == BF16)
    pack_tiles_of<TERMS, bf16>(side, operand, rows, panels, panel_stride);
  else
    pack_tiles_of<TERMS, f16>(side, operand, rows, panels, panel_stride);
}
#endif

}  // namespace automodel::AM_ISA
