// Packing for tiles: panels as tile-kernel.h reads them. Blocks of LANES pairs of LANES rows are
// read along the depth or across the rows, whichever is contiguous, and turned where the panel
// wants the other order.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "../vector/pairs.h"
#include "../vector/vector.h"
#include "engine.h"
#include "product-operand.h"

namespace automodel::AM_ISA {

#if defined(AM_TILES)
// What is left of an operand from one place on.
template <class T>
struct OperandPart {
  const T *data;
  int64_t row_stride, depth_stride;
  int64_t rows, depth;  // may be 0 or less
};

// LANES rows, each a vector of LANES pairs.
template <class T>
AM_INLINE void read_along(const OperandPart<T> &part, Vec *rows) {
  for (int i = 0; i < LANES; i++) {
    const T *p = part.data + i * part.row_stride;
    rows[i] = i < part.rows && part.depth > 0 ? pairs_along(p, part.depth) : zero();
  }
}

// LANES pairs, each a vector of LANES rows.
template <class T>
AM_INLINE void read_across(const OperandPart<T> &part, Vec *pairs) {
  const int n = (int)max64(0, min64(LANES, part.rows));
  for (int u = 0; u < LANES; u++) {
    const T *low = part.data + 2 * u * part.depth_stride,
            *high = 2 * u + 1 < part.depth ? low + part.depth_stride : nullptr;
    // of the next block: each step of the depth is somewhere else, which hardware does not predict
    __builtin_prefetch(low + 2 * LANES * part.depth_stride);
    __builtin_prefetch(low + (2 * LANES + 1) * part.depth_stride);
    pairs[u] = n > 0 && 2 * u < part.depth ? pairs_across(low, high, n) : zero();
  }
}

template <class T>
AM_INLINE void read_strided(const OperandPart<T> &part, Vec *rows) {
  for (int i = 0; i < LANES; i++) {
    float run[2 * LANES] = {};
    for (int k = 0; k < 2 * LANES && i < part.rows && k < part.depth; k++)
      run[k] = load_one(part.data + i * part.row_stride + k * part.depth_stride);
    rows[i] = pairs_of_run(load(run), load(run + LANES));
  }
}

// The block as the side wants it: rows of pairs on the left, pairs of rows on the right.
template <Side SIDE, class T>
AM_INLINE void read_block(const OperandPart<T> &part, Vec *block) {
  const bool across = part.depth_stride != 1 && part.row_stride == 1;
  if (across)
    read_across(part, block);
  else if (part.depth_stride == 1)
    read_along(part, block);
  else
    read_strided(part, block);
  if (across == (SIDE == LEFT)) transpose(block);
}

template <Side SIDE>
AM_INLINE void store_block(const Vec *block, int64_t unit, int row, float *panel) {
  float *step = panel + unit / TILE_SIDE * STEP_WORDS;
  const int64_t at = unit % TILE_SIDE;
  for (int i = 0; i < LANES; i++)
    store(SIDE == LEFT ? step + (row + i) * TILE_SIDE + at : step + (at + i) * BLOCK_SIDE + row,
          block[i]);
}

// Panels one after the other along the depth, or all of them for a piece of the depth, so that
// memory is read in long runs.
template <Side SIDE, class T>
static void pack_tiles_typed(const OperandPart<T> &whole, int64_t units, float *panels,
                             int64_t panel_stride) {
  const bool along = whole.depth_stride == 1;
  const int64_t panel_count = ceil_div(whole.rows, BLOCK_SIDE), blocks = units / LANES;
  for (int64_t i = 0; i < panel_count * blocks; i++) {
    const int64_t panel = along ? i / blocks : i % panel_count,
                  unit = (along ? i % blocks : i / panel_count) * LANES;
    for (int row = 0; row < BLOCK_SIDE; row += LANES) {
      const int64_t first = panel * BLOCK_SIDE + row;
      Vec block[LANES];
      read_block<SIDE, T>(
          {whole.data + first * whole.row_stride + 2 * unit * whole.depth_stride, whole.row_stride,
           whole.depth_stride, whole.rows - first, whole.depth - 2 * unit},
          block);
      store_block<SIDE>(block, unit, row, panels + panel * panel_stride);
    }
  }
}

template <class T>
static void pack_tiles_of(const Engine &e, Side side, const Operand &operand, int64_t row,
                          int64_t count, int64_t k, int64_t depth, float *panels,
                          int64_t panel_stride) {
  const OperandPart<T> whole = {
      (const T *)operand.data + row * operand.row_stride + k * operand.depth_stride,
      operand.row_stride, operand.depth_stride, count, depth};
  if (side == LEFT)
    pack_tiles_typed<LEFT>(whole, units_of(e, depth), panels, panel_stride);
  else
    pack_tiles_typed<RIGHT>(whole, units_of(e, depth), panels, panel_stride);
}

// As pack_panels.
static void pack_tile_panels(const Engine &e, Side side, const Operand &operand, int64_t row,
                             int64_t count, int64_t k, int64_t depth, float *panels,
                             int64_t panel_stride) {
  if (operand.dtype == F32)
    pack_tiles_of<float>(e, side, operand, row, count, k, depth, panels, panel_stride);
  else if (operand.dtype == BF16)
    pack_tiles_of<bf16>(e, side, operand, row, count, k, depth, panels, panel_stride);
  else
    pack_tiles_of<f16>(e, side, operand, row, count, k, depth, panels, panel_stride);
}
#endif

}  // namespace automodel::AM_ISA
