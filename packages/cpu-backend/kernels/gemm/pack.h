// Packing: `count` rows of an operand (rows of the left one, columns of the right one) over a range
// of the depth become panels [unit][width], zero-padded to `width` rows.
// Conversion from the storage type happens here, so the micro-kernel sees one layout. Reading goes
// along rows or depth, whichever is contiguous.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "../vector/pairs.h"
#include "../vector/storage.h"
#include "../vector/vector.h"
#include "panels.h"
#include "product-operand.h"

namespace automodel::AM_ISA {

// LANES units along a contiguous depth, of which `n` elements exist.
template <PackMode MODE, class T>
AM_INLINE Vec load_units(const T *p, int64_t n) {
  if (MODE == PAIRS) return pairs_along(p, n);
  Vec a = n >= LANES ? load(p) : load(p, (int)n);
  return MODE == ROUNDED ? round_to_bf16(a) : a;
}

// One unit of `n` neighbouring rows; `next` is the second element of a pair, or null at the end of
// an odd depth.
template <PackMode MODE, class T>
AM_INLINE Vec load_across(const T *p, const T *next, int n) {
  if (MODE == PAIRS) return pairs_across(p, next, n);
  Vec a = n == LANES ? load(p) : load(p, n);
  return MODE == ROUNDED ? round_to_bf16(a) : a;
}

// Stores a vector into one unit of a panel. If a panel is narrower than the vector, the rest runs
// into the next unit, which is written afterwards; the last unit is cut.
AM_INLINE void store_unit(float *unit, Vec a, int lanes, bool last) {
  if (lanes < LANES && last)
    store(unit, a, lanes);
  else
    store(unit, a);
}

template <PackMode MODE, class T>
static void pack_along_depth(const T *source, int64_t row_stride, int count, int width,
                             int64_t depth, float *panel) {
  constexpr int PER = MODE == PAIRS ? 2 : 1;
  const int64_t units = ceil_div(depth, PER);
  for (int group = 0; group < width; group += LANES) {
    const int lanes = width - group < LANES ? width - group : LANES;
    for (int64_t u = 0; u < units; u += LANES) {
      Vec rows[LANES];
      for (int j = 0; j < LANES; j++) {
        const T *p = source + (group + j) * row_stride + u * PER;
        rows[j] = group + j < count ? load_units<MODE>(p, depth - u * PER) : zero();
        // of the next panel: rows are short streams, which hardware does not predict
        __builtin_prefetch(p + width * row_stride);
      }
      transpose(rows);
      const int steps = (int)min64(LANES, units - u);
      for (int j = 0; j < steps; j++)
        store_unit(panel + (u + j) * width + group, rows[j], lanes, u + j + 1 == units);
    }
  }
}

// Several panels at once, so that a step of the depth reads one long run of memory.
template <PackMode MODE, class T>
static void pack_across_rows(const T *source, int64_t depth_stride, int64_t count, int width,
                             int64_t depth, float *panels, int64_t panel_stride) {
  constexpr int PER = MODE == PAIRS ? 2 : 1;
  const int64_t units = ceil_div(depth, PER);
  for (int64_t u = 0; u < units; u++) {
    const T *row = source + u * PER * depth_stride;
    const T *next = PER == 2 && u * PER + 1 < depth ? row + depth_stride : nullptr;
    float *panel = panels + u * width;
    for (int64_t first = 0; first < count; first += width, panel += panel_stride)
      for (int group = 0; group < width; group += LANES) {
        const int lanes = width - group < LANES ? width - group : LANES;
        const int n = (int)min64(lanes, count - first - group);
        const T *p = row + first + group;
        // each step of the depth is somewhere else, which hardware does not predict
        __builtin_prefetch(p + 16 * PER * depth_stride);
        if (PER == 2) __builtin_prefetch(p + 33 * depth_stride);
        Vec a =
            n > 0 ? load_across<MODE>(p, next == nullptr ? next : next + first + group, n) : zero();
        store_unit(panel + group, a, lanes, u + 1 == units);
      }
  }
}

template <PackMode MODE, class T>
static void pack_strided(const T *source, int64_t row_stride, int64_t depth_stride, int count,
                         int width, int64_t depth, float *panel) {
  constexpr int PER = MODE == PAIRS ? 2 : 1;
  const int64_t units = ceil_div(depth, PER);
  for (int64_t u = 0; u < units; u++)
    for (int i = 0; i < width; i++) {
      const T *p = source + i * row_stride + u * PER * depth_stride;
      float first = i < count ? load_one(p) : 0.0f;
      if (MODE == PAIRS) {
        float second = i < count && u * PER + 1 < depth ? load_one(p + depth_stride) : 0.0f;
        panel[u * width + i] =
            from_bits((uint32_t)to_bf16(first).bits | (uint32_t)to_bf16(second).bits << 16);
      } else {
        panel[u * width + i] = MODE == ROUNDED ? round_to_bf16(first) : first;
      }
    }
}

template <PackMode MODE, class T>
static void pack_typed(const Operand &operand, int64_t row, int64_t count, int width, int64_t k,
                       int64_t depth, float *panels, int64_t panel_stride) {
  const T *source = (const T *)operand.data + row * operand.row_stride + k * operand.depth_stride;
  if (operand.depth_stride != 1 && operand.row_stride == 1)
    return pack_across_rows<MODE>(source, operand.depth_stride, count, width, depth, panels,
                                  panel_stride);
  for (int64_t first = 0; first < count; first += width, panels += panel_stride) {
    const T *p = source + first * operand.row_stride;
    const int rows = (int)min64(width, count - first);
    if (operand.depth_stride == 1)
      pack_along_depth<MODE>(p, operand.row_stride, rows, width, depth, panels);
    else
      pack_strided<MODE>(p, operand.row_stride, operand.depth_stride, rows, width, depth, panels);
  }
}

template <PackMode MODE>
static void pack_rows(const Operand &operand, int64_t row, int64_t count, int width, int64_t k,
                      int64_t depth, float *panels, int64_t panel_stride) {
  if (operand.dtype == F32)
    pack_typed<MODE, float>(operand, row, count, width, k, depth, panels, panel_stride);
  else if (operand.dtype == BF16)
    pack_typed<MODE, bf16>(operand, row, count, width, k, depth, panels, panel_stride);
  else
    pack_typed<MODE, f16>(operand, row, count, width, k, depth, panels, panel_stride);
}

}  // namespace automodel::AM_ISA
