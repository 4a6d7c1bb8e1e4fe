// Runs of elements of any dtype, read into and written from a working type: float for f32, bf16 and
// f16, double for f64, int64_t for whole numbers and bool.
// Conversions follow PyTorch: float to integer truncates, anything to bool is `!= 0`, f64 to bf16
// and f16 goes through f32.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "../vector/storage.h"
#include "../vector/vector.h"

namespace automodel::AM_ISA {

enum Domain { FLOATS, DOUBLES, WHOLES };
AM_INLINE Domain domain_of(DType dtype) {
  return dtype == F64 ? DOUBLES : dtype == I64 || dtype == I32 || dtype == BOOL ? WHOLES : FLOATS;
}

// Truncation that never traps: NaN and numbers out of range give the smallest i64, as x86 does.
AM_INLINE int64_t truncate(double x) {
  return x >= -9223372036854775808.0 && x < 9223372036854775808.0 ? (int64_t)x : INT64_MIN;
}
AM_INLINE int64_t to_whole(float x) { return truncate(x); }
AM_INLINE int64_t to_whole(double x) { return truncate(x); }
AM_INLINE int64_t to_whole(int64_t x) { return x; }

template <class T, class S>
AM_INLINE void read_run_as(T *to, const char *from, int64_t stride, int64_t n) {
  for (int64_t i = 0; i < n; i++) to[i] = (T)read_as<S>(from + i * stride * (int64_t)sizeof(S));
}
template <class T, class S>
AM_INLINE void read_half_run(T *to, const char *from, int64_t stride, int64_t n) {
  for (int64_t i = 0; i < n; i++) to[i] = (T)to_float(read_as<S>(from + i * stride * 2));
}

template <class S>
AM_INLINE void widen_run(float *to, const char *from, int64_t n) {
  const S *p = (const S *)from;
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) store(to + i, load(p + i));
  if (i < n) store(to + i, load(p + i, (int)(n - i)), (int)(n - i));
}

AM_INLINE bool read_dense_run(float *to, const char *from, DType dtype, int64_t n) {
  if (dtype == F32)
    memcpy(to, from, (size_t)n * 4);
  else if (dtype == BF16)
    widen_run<bf16>(to, from, n);
  else if (dtype == F16)
    widen_run<f16>(to, from, n);
  else
    return false;
  return true;
}
AM_INLINE bool read_dense_run(double *, const char *, DType, int64_t) { return false; }
AM_INLINE bool read_dense_run(int64_t *, const char *, DType, int64_t) { return false; }

// n elements at `from`, `stride` elements apart, as T.
template <class T>
static void read_run(T *to, const char *from, DType dtype, int64_t stride, int64_t n) {
  if (stride == 1 && read_dense_run(to, from, dtype, n)) return;
  switch (dtype) {
    case F32:
      return read_run_as<T, float>(to, from, stride, n);
    case F64:
      return read_run_as<T, double>(to, from, stride, n);
    case I64:
      return read_run_as<T, int64_t>(to, from, stride, n);
    case I32:
      return read_run_as<T, int32_t>(to, from, stride, n);
    case BF16:
      return read_half_run<T, bf16>(to, from, stride, n);
    case F16:
      return read_half_run<T, f16>(to, from, stride, n);
    default:
      return read_run_as<T, uint8_t>(to, from, stride, n);
  }
}

template <class S, class T>
AM_INLINE void write_run_as(char *to, const T *from, int64_t stride, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    const S x = (S)from[i];
    memcpy(to + i * stride * (int64_t)sizeof(S), &x, sizeof(S));
  }
}

template <class S>
AM_INLINE void narrow_run(char *to, const float *from, int64_t n) {
  S *p = (S *)to;
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) store(p + i, load(from + i));
  if (i < n) store(p + i, load(from + i, (int)(n - i)), (int)(n - i));
}

AM_INLINE bool write_dense_run(char *to, const float *from, DType dtype, int64_t n) {
  if (dtype == F32)
    memcpy(to, from, (size_t)n * 4);
  else if (dtype == BF16)
    narrow_run<bf16>(to, from, n);
  else if (dtype == F16)
    narrow_run<f16>(to, from, n);
  else
    return false;
  return true;
}
AM_INLINE bool write_dense_run(char *, const double *, DType, int64_t) { return false; }
AM_INLINE bool write_dense_run(char *, const int64_t *, DType, int64_t) { return false; }

// n elements of T, converted and written `stride` elements apart.
template <class T>
static void write_run(char *to, const T *from, DType dtype, int64_t stride, int64_t n) {
  if (stride == 1 && write_dense_run(to, from, dtype, n)) return;
  const int64_t step = stride * bytes_of(dtype);
  switch (dtype) {
    case F32:
      return write_run_as<float>(to, from, stride, n);
    case F64:
      return write_run_as<double>(to, from, stride, n);
    case BF16:
      for (int64_t i = 0; i < n; i++) store_one((bf16 *)(to + i * step), (float)from[i]);
      return;
    case F16:
      for (int64_t i = 0; i < n; i++) store_one((f16 *)(to + i * step), (float)from[i]);
      return;
    case I64:
      for (int64_t i = 0; i < n; i++) {
        const int64_t x = to_whole(from[i]);
        memcpy(to + i * step, &x, 8);
      }
      return;
    case I32:
      for (int64_t i = 0; i < n; i++) {
        const int32_t x = (int32_t)(uint32_t)to_whole(from[i]);
        memcpy(to + i * step, &x, 4);
      }
      return;
    default:
      for (int64_t i = 0; i < n; i++) to[i * step] = from[i] != (T)0;
  }
}

}  // namespace automodel::AM_ISA
