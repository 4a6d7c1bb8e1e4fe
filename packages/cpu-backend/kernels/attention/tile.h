// Small products for attention, on operands that were packed into scratch: C[rows, columns] (+)=
// A[rows, depth] . B[depth, columns], f32 sums.
// An element of A and B is one f32, or two bf16 that are multiplied and added together if the
// instruction set can do that (depth then counts pairs).
#pragma once

#include "../prelude.h"
#include "../gemm/micro-kernel.h"
#include "../operand.h"
#include "../vector/vector.h"

namespace automodel::AM_ISA {

constexpr int HEAD_ROWS = 6, HEAD_VECTORS = REGISTERS >= 32 ? 4 : 2;

struct Single {  // f32 elements
  static constexpr int PER = 1;
  typedef float Element;
  typedef Vec Wide;
  AM_INLINE Wide wide(const float *p) { return load(p); }
  AM_INLINE Wide broadcast(const float *p) { return splat(*p); }
  AM_INLINE Vec multiply_add(Wide a, Wide b, Vec c) { return fma(a, b, c); }
};

#if defined(AM_BF16_DOT)
struct Paired {  // two bf16, the one of lower depth in the low half
  static constexpr int PER = 2;
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

// columns: a multiple of LANES.
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

#if defined(AM_BF16_DOT)
static bool uses_pairs(const Call &call, int first, int count) {
  for (int i = first; i < first + count; i++) {
    if (call.in[i].dtype != BF16) return false;
  }
  return true;
}
#endif

}  // namespace automodel::AM_ISA
