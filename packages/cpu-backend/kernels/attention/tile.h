// Small products for attention, on operands that were packed into scratch: C[rows, columns] (+)=
// A[rows, depth] . B[depth, columns], f32 sums.
// An element of A and B is one f32, or two bf16 that are multiplied and added together if the
// instruction set can do that (depth then counts pairs).
#pragma once

#include "../prelude.h"
#include "../gemm/tile-kernel.h"
#include "../operand.h"
#include "../vector/vector.h"

namespace automodel::AM_ISA {

constexpr int HEAD_ROWS = 6, HEAD_VECTORS = REGISTERS >= 32 ? 4 : 2;
// Depth and columns are padded to multiples of this.
#if defined(AM_TILES)
constexpr int64_t HEAD_STEP = TILE_SIDE;
#else
constexpr int64_t HEAD_STEP = LANES;
#endif

struct Single {  // f32 elements
  static constexpr int PER = 1;
  static constexpr int64_t ROWS = HEAD_ROWS;  // that are multiplied at once
  static constexpr bool TURNED = false;       // whether A transposed is stored row by row
  typedef float Element;
  typedef Vec Wide;
  AM_INLINE Wide wide(const float *p) { return load(p); }
  AM_INLINE Wide broadcast(const float *p) { return splat(*p); }
  AM_INLINE Vec multiply_add(Wide a, Wide b, Vec c) { return fma(a, b, c); }
};

#if defined(AM_TILES)
struct Paired {  // two bf16, the one of lower depth in the low half
  static constexpr int PER = 2;
  static constexpr int64_t ROWS = BLOCK_SIDE;
  static constexpr bool TURNED = true;
  typedef uint32_t Element;
};
#elif defined(AM_BF16_DOT)
struct Paired {  // two bf16, the one of lower depth in the low half
  static constexpr int PER = 2;
  static constexpr int64_t ROWS = HEAD_ROWS;
  static constexpr bool TURNED = false;
  typedef uint32_t Element;
  typedef __m512i Wide;
  AM_INLINE Wide wide(const uint32_t *p) { return _mm512_loadu_si512(p); }
  AM_INLINE Wide broadcast(const uint32_t *p) { return _mm512_set1_epi32((int)*p); }
  AM_INLINE Vec multiply_add(Wide a, Wide b, Vec c) {
    return {_mm512_dpbf16_ps(c.v, (__m512bh)a, (__m512bh)b)};
  }
};
#endif

template <class E>
struct SmallProduct {
  const typename E::Element *a;  // element (row, k) at row * a_row + k * a_depth
  int64_t a_row, a_depth;
  const typename E::Element *b;  // element (k, column) at k * b_depth + column
  int64_t b_depth;
  float *c;
  int64_t c_row;
  int64_t depth;
  bool accumulate;
};

template <class E, int ROWS, int VECTORS>
static void multiply_tile(const SmallProduct<E> &p) {
  Vec total[ROWS][VECTORS];
#pragma GCC unroll 6
  for (int i = 0; i < ROWS; i++) {
#pragma GCC unroll 4
    for (int j = 0; j < VECTORS; j++)
      total[i][j] = p.accumulate ? load(p.c + i * p.c_row + j * LANES) : zero();
  }
  const typename E::Element *a = p.a, *b = p.b;
  for (int64_t k = 0; k < p.depth; k++, a += p.a_depth, b += p.b_depth) {
    typename E::Wide right[VECTORS];
#pragma GCC unroll 4
    for (int j = 0; j < VECTORS; j++) right[j] = E::wide(b + j * LANES);
#pragma GCC unroll 6
    for (int i = 0; i < ROWS; i++) {
      const typename E::Wide left = E::broadcast(a + i * p.a_row);
#pragma GCC unroll 4
      for (int j = 0; j < VECTORS; j++) total[i][j] = E::multiply_add(left, right[j], total[i][j]);
    }
  }
#pragma GCC unroll 6
  for (int i = 0; i < ROWS; i++) {
#pragma GCC unroll 4
    for (int j = 0; j < VECTORS; j++) store(p.c + i * p.c_row + j * LANES, total[i][j]);
  }
}

template <class E, int VECTORS>
static void multiply_rows(const SmallProduct<E> &p, int rows) {
  switch (rows) {
    case 1:
      return multiply_tile<E, 1, VECTORS>(p);
    case 2:
      return multiply_tile<E, 2, VECTORS>(p);
    case 3:
      return multiply_tile<E, 3, VECTORS>(p);
    case 4:
      return multiply_tile<E, 4, VECTORS>(p);
    case 5:
      return multiply_tile<E, 5, VECTORS>(p);
    default:
      return multiply_tile<E, 6, VECTORS>(p);
  }
}

// columns: a multiple of HEAD_STEP.
template <class E>
static void multiply(const SmallProduct<E> &product, int64_t rows, int64_t columns) {
  for (int64_t column = 0; column < columns; column += HEAD_VECTORS * LANES) {
    const int64_t vectors = min64(HEAD_VECTORS, (columns - column) / LANES);
    for (int64_t row = 0; row < rows; row += HEAD_ROWS) {
      SmallProduct<E> p = product;
      p.a += row * p.a_row;
      p.b += column;
      p.c += row * p.c_row + column;
      const int count = (int)min64(HEAD_ROWS, rows - row);
      if (vectors == HEAD_VECTORS)
        multiply_rows<E, HEAD_VECTORS>(p, count);
      else if (vectors == 1)
        multiply_rows<E, 1>(p, count);
      else if (vectors == 2)
        multiply_rows<E, HEAD_VECTORS / 2>(p, count);
      else
        multiply_rows<E, HEAD_VECTORS == 4 ? 3 : 1>(p, count);
    }
  }
}

#if defined(AM_TILES)
template <bool TWO_ROWS, bool TWO_COLUMNS>
static void multiply_head_block(const SmallProduct<Paired> &p, float *c, int64_t c_row) {
  if (p.accumulate)
    load_block<TWO_ROWS, TWO_COLUMNS>(c, c_row);
  else
    clear_block<TWO_ROWS, TWO_COLUMNS>();
  for (int64_t k = 0; k < p.depth; k += TILE_SIDE) {
    load_left<TWO_ROWS>((const float *)(p.a + k), p.a_row);
    load_right<TWO_COLUMNS>((const float *)(p.b + k * p.b_depth), p.b_depth);
    multiply_loaded<TWO_ROWS, TWO_COLUMNS>();
  }
  store_block<TWO_ROWS, TWO_COLUMNS>(c, c_row);
}

AM_INLINE void copy_rows(const float *from, int64_t from_row, float *to, int64_t to_row,
                         int64_t rows, int64_t columns) {
  for (int64_t i = 0; i < rows; i++)
    memcpy(to + i * to_row, from + i * from_row, (size_t)columns * 4);
}

template <bool TWO_COLUMNS>
static void multiply_head_rows(const SmallProduct<Paired> &p, int64_t rows) {
  constexpr int64_t COLUMNS = TWO_COLUMNS ? BLOCK_SIDE : TILE_SIDE;
  if (rows == BLOCK_SIDE) return multiply_head_block<true, TWO_COLUMNS>(p, p.c, p.c_row);
  if (rows == TILE_SIDE) return multiply_head_block<false, TWO_COLUMNS>(p, p.c, p.c_row);
  // what follows the rows in C is not theirs
  alignas(64) float sums[BLOCK_SIDE * BLOCK_SIDE] = {};
  if (p.accumulate) copy_rows(p.c, p.c_row, sums, BLOCK_SIDE, rows, COLUMNS);
  if (rows > TILE_SIDE)
    multiply_head_block<true, TWO_COLUMNS>(p, sums, BLOCK_SIDE);
  else
    multiply_head_block<false, TWO_COLUMNS>(p, sums, BLOCK_SIDE);
  copy_rows(sums, BLOCK_SIDE, p.c, p.c_row, rows, COLUMNS);
}

// Rows of A are read up to a multiple of 16; depth and columns are multiples of 16.
static void multiply(const SmallProduct<Paired> &product, int64_t rows, int64_t columns) {
  for (int64_t row = 0; row < rows; row += BLOCK_SIDE)
    for (int64_t column = 0; column < columns; column += BLOCK_SIDE) {
      SmallProduct<Paired> p = product;
      p.a += row * p.a_row;
      p.b += column;
      p.c += row * p.c_row + column;
      const int64_t count = min64(BLOCK_SIDE, rows - row);
      if (columns - column > TILE_SIDE)
        multiply_head_rows<true>(p, count);
      else
        multiply_head_rows<false>(p, count);
    }
}
#endif

#if defined(AM_TILES) || defined(AM_BF16_DOT)
static bool uses_pairs(const Call &call, int first, int count) {
  for (int i = first; i < first + count; i++) {
    if (call.in[i].dtype != BF16) return false;
  }
  return true;
}
#endif

}  // namespace automodel::AM_ISA
