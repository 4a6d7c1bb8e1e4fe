// Rows of q, k, v and gradients, brought into the form that small products read. Widths are padded
// with zeros: `row_units` elements for each row of depth, `padded_width` columns.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "../vector/pairs.h"
#include "../vector/storage.h"
#include "../vector/vector.h"
#include "segment.h"
#include "tile.h"

namespace automodel::AM_ISA {

template <class E>
AM_INLINE int64_t row_units(int64_t width) {
  return round_up(ceil_div(width, E::PER), HEAD_STEP);
}
AM_INLINE int64_t padded_width(int64_t width) { return round_up(width, HEAD_STEP); }

// Where one head's rows are.
struct Head {
  const char *data;
  DType dtype;
  int64_t row_stride;
};
AM_INLINE Head head_of(const Tensor &t, int64_t head) {
  return {t.data + head * t.stride[1] * bytes_of(t.dtype), t.dtype, t.stride[0]};
}
AM_INLINE const char *row_of(const Head &h, int64_t row) {
  return h.data + row * h.row_stride * bytes_of(h.dtype);
}

// One row as depth: f32 values.
AM_INLINE void pack_row(Single, float *to, const char *from, DType dtype, int64_t width) {
  const int64_t units = row_units<Single>(width);
  for (int64_t i = 0; i < units; i += LANES)
    store(to + i, i + LANES <= width ? load_lanes(from, dtype, i)
                                     : load_lanes(from, dtype, i, (int)max64(0, width - i)));
}

// Values from scratch as a row of depth; n is a multiple of LANES (of 2 LANES for pairs).
AM_INLINE void pack_values(Single, float *to, const float *from, int64_t n) {
  for (int64_t i = 0; i < n; i += LANES) store(to + i, load(from + i));
}
// Scores of [rows, KEY_BLOCK] as A transposed: keys are the rows, rows the depth. f32 scores
// already are.
AM_INLINE void pack_turned(Single, float *, const float *, int64_t) {}

// Two packed rows that follow one another as one row of B; f32 rows already are.
AM_INLINE void join_rows(Single, float *, const float *, int64_t, int64_t) {}

// Rows [0, rows) as B: element (k, column). For f32 this is the form of a row.
AM_INLINE void pack_depth(Single, float *to, const Head &h, int64_t first, int64_t rows,
                          int64_t width) {
  for (int64_t r = 0; r < rows; r++)
    pack_row(Single(), to + r * padded_width(width), row_of(h, first + r), h.dtype, width);
}

#if defined(AM_TILES) || defined(AM_BF16_DOT)
AM_INLINE void pack_row(Paired, uint32_t *to, const char *from, DType, int64_t width) {
  memset(to + width / 2, 0, (size_t)(row_units<Paired>(width) - width / 2) * 4);
  memcpy(to, from, (size_t)width * 2);
}
AM_INLINE void pack_values(Paired, uint32_t *to, const float *from, int64_t n) {
  for (int64_t i = 0; i < n; i += LANES) store((bf16 *)to + i, load(from + i));
}
AM_INLINE void pack_turned(Paired, uint32_t *to, const float *scores, int64_t rows) {
  if (!Paired::TURNED) {
    for (int64_t row = 0; row < rows; row += 2)
      for (int64_t key = 0; key < KEY_BLOCK; key += LANES) {
        const float *first = scores + row * KEY_BLOCK + key;
        store((float *)to + row / 2 * KEY_BLOCK + key,
              pairs_of_rows(load(first), load(first + KEY_BLOCK)));
      }
    return;
  }
  for (int64_t pair = 0; pair < rows / 2; pair += LANES)
    for (int64_t key = 0; key < KEY_BLOCK; key += LANES) {
      Vec block[LANES];
      for (int64_t i = 0; i < LANES; i++) {
        const float *first = scores + 2 * (pair + i) * KEY_BLOCK + key;
        block[i] = pairs_of_rows(load(first), load(first + KEY_BLOCK));
      }
      transpose(block);
      for (int64_t i = 0; i < LANES; i++)
        store((float *)to + (key + i) * rows / 2 + pair, block[i]);
    }
}
AM_INLINE void join_rows(Paired, uint32_t *to, const uint32_t *rows, int64_t units, int64_t width) {
  const bf16 *first = (const bf16 *)rows, *second = (const bf16 *)(rows + units);
  for (int64_t i = 0; i < width; i += LANES)
    store((float *)to + i, pairs_across(first + i, second + i, LANES));
}
AM_INLINE void pack_depth(Paired, uint32_t *to, const Head &h, int64_t first, int64_t rows,
                          int64_t width) {
  for (int64_t r = 0; r < rows; r += 2) {
    const bf16 *low = (const bf16 *)row_of(h, first + r),
               *high = r + 1 < rows ? (const bf16 *)row_of(h, first + r + 1) : nullptr;
    float *row = (float *)to + r / 2 * padded_width(width);
    for (int64_t i = 0; i < padded_width(width); i += LANES) {
      const int lanes = (int)max64(0, min64(LANES, width - i));
      store(row + i, pairs_across(low + i, high == nullptr ? high : high + i, lanes));
    }
  }
}
#endif

// Keys [first, first + rows) as B of the product over the head's width: element (k, key), KEY_BLOCK
// keys for each row of B, zeros beyond `rows`. `temporary` holds LANES packed rows.
template <class E>
static void pack_transposed(typename E::Element *to, const Head &h, int64_t first, int64_t rows,
                            int64_t width, int64_t columns, typename E::Element *temporary) {
  const int64_t units = row_units<E>(width);
  for (int64_t key = 0; key < columns; key += LANES) {
    const int64_t present_rows = max64(0, min64(LANES, rows - key));
    for (int64_t r = 0; r < present_rows; r++)
      pack_row(E(), temporary + r * units, row_of(h, first + key + r), h.dtype, width);
    memset(temporary + present_rows * units, 0, (size_t)((LANES - present_rows) * units) * 4);
    for (int64_t i = 0; i < units; i += LANES) {
      Vec lanes[LANES];
      for (int r = 0; r < LANES; r++) lanes[r] = load((const float *)(temporary + r * units) + i);
      transpose(lanes);
      for (int r = 0; r < LANES; r++) store((float *)(to + (i + r) * columns) + key, lanes[r]);
    }
  }
}

}  // namespace automodel::AM_ISA
