// Small helpers that every kernel uses to read its operands: presence, element counts, 0-d scalars,
// pieces of a range.
#pragma once

#include "prelude.h"
#include "vector/storage.h"
#include "vector/vector.h"

namespace automodel::AM_ISA {

AM_INLINE int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }
AM_INLINE int64_t max64(int64_t a, int64_t b) { return a > b ? a : b; }
AM_INLINE int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
AM_INLINE int64_t round_up(int64_t a, int64_t b) { return ceil_div(a, b) * b; }

AM_INLINE bool present(const Tensor &t) { return t.rank >= 0; }
AM_INLINE bool has_in(const Call &call, int i) { return i < call.in_count && call.in[i].rank >= 0; }
AM_INLINE bool has_out(const Call &call, int i) {
  return i < call.out_count && call.out[i].rank >= 0;
}
AM_INLINE int64_t int_or(const Call &call, int i, int64_t otherwise) {
  return i < call.int_count ? call.ints[i] : otherwise;
}
AM_INLINE double float_or(const Call &call, int i, double otherwise) {
  return i < call.float_count ? call.floats[i] : otherwise;
}

AM_INLINE int64_t elements(const Tensor &t) {
  int64_t n = 1;
  for (int i = 0; i < t.rank; i++) n *= t.shape[i];
  return n;
}

AM_INLINE bool same_shape(const Tensor &a, const Tensor &b) {
  if (a.rank != b.rank) return false;
  for (int d = 0; d < a.rank; d++) {
    if (a.shape[d] != b.shape[d]) return false;
  }
  return true;
}

AM_INLINE bool is_dense(const Tensor &t) {  // row-major without gaps; an empty tensor always is
  if (elements(t) == 0) return true;
  int64_t expected = 1;
  for (int d = t.rank - 1; d >= 0; d--) {
    if (t.shape[d] != 1 && t.stride[d] != expected) return false;
    expected *= t.shape[d];
  }
  return true;
}

AM_INLINE int64_t bytes_of(DType dtype) {
  switch (dtype) {
    case F64:
    case I64:
      return 8;
    case F32:
    case I32:
      return 4;
    case BF16:
    case F16:
      return 2;
    default:
      return 1;
  }
}

template <class T>
AM_INLINE T read_as(const char *p) {
  T x;
  memcpy(&x, p, sizeof(T));
  return x;
}
AM_INLINE bool is_float(DType dtype) { return dtype == F32 || dtype == BF16 || dtype == F16; }

// One float element as f32 (f64 is rounded); whole numbers and bool are converted.
AM_INLINE float element_at(const char *data, DType dtype, int64_t index) {
  const char *p = data + index * bytes_of(dtype);
  switch (dtype) {
    case F32:
      return load_one((const float *)p);
    case BF16:
      return load_one((const bf16 *)p);
    case F16:
      return load_one((const f16 *)p);
    case F64: {
      double x;
      memcpy(&x, p, 8);
      return (float)x;
    }
    case I64: {
      int64_t x;
      memcpy(&x, p, 8);
      return (float)x;
    }
    case I32: {
      int32_t x;
      memcpy(&x, p, 4);
      return (float)x;
    }
    default:
      return *p ? 1.0f : 0.0f;
  }
}
AM_INLINE float scalar_of(const Tensor &t) { return element_at(t.data, t.dtype, 0); }

// LANES elements of a float storage type (f32, bf16, f16) from `index` on, n of them where given:
// the generic converting path.
AM_INLINE Vec load_lanes(const char *data, DType dtype, int64_t index, int n = LANES) {
  if (dtype == F32)
    return n == LANES ? load((const float *)data + index) : load((const float *)data + index, n);
  if (dtype == BF16)
    return n == LANES ? load((const bf16 *)data + index) : load((const bf16 *)data + index, n);
  return n == LANES ? load((const f16 *)data + index) : load((const f16 *)data + index, n);
}
AM_INLINE void store_lanes(char *data, DType dtype, int64_t index, Vec a, int n = LANES) {
  if (dtype == F32)
    n == LANES ? store((float *)data + index, a) : store((float *)data + index, a, n);
  else if (dtype == BF16)
    n == LANES ? store((bf16 *)data + index, a) : store((bf16 *)data + index, a, n);
  else
    n == LANES ? store((f16 *)data + index, a) : store((f16 *)data + index, a, n);
}

// Lanes whose number lies in [from, to).
AM_INLINE Mask lanes_between(int64_t from, int64_t to) {
  static constexpr float NUMBERS[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const Vec lane = load(NUMBERS);
  return both(less_equal(splat((float)max64(-1, min64(from, LANES))), lane),
              less(lane, splat((float)max64(-1, min64(to, LANES)))));
}

}  // namespace automodel::AM_ISA
