// Products of integers and of f64: plain sums, exact for integers (wrapping), in f64 for floats.
// Nothing trains on these; a chunk is one row of one batch entry.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "../vector/vector.h"
#include "product.h"

namespace automodel::AM_ISA {

template <class T>
static T exact_element(const char *data, DType dtype, int64_t index) {
  const char *p = data + index * bytes_of(dtype);
  switch (dtype) {
    case F64: {
      double x;
      memcpy(&x, p, 8);
      return (T)x;
    }
    case I64: {
      int64_t x;
      memcpy(&x, p, 8);
      return (T)x;
    }
    case I32: {
      int32_t x;
      memcpy(&x, p, 4);
      return (T)x;
    }
    case BOOL:
      return (T)(*p != 0);
    default:
      return (T)element_at(data, dtype, index);
  }
}

template <class T>
static void exact_store(char *data, DType dtype, int64_t index, T x) {
  char *p = data + index * bytes_of(dtype);
  switch (dtype) {
    case F64: {
      double y = (double)x;
      memcpy(p, &y, 8);
      return;
    }
    case I64: {
      int64_t y = (int64_t)x;
      memcpy(p, &y, 8);
      return;
    }
    case I32: {
      int32_t y = (int32_t)x;
      memcpy(p, &y, 4);
      return;
    }
    case BOOL:
      *p = x != (T)0;
      return;
    default:
      store_lanes(data, dtype, index, splat((float)x), 1);
  }
}

// T is uint64_t (integers wrap) or double.
template <class T>
static void exact_row(const Product &p, int64_t row) {
  for (int64_t j = 0; j < p.columns; j++) {
    T total = (T)0;
    for (int64_t k = 0; k < p.depth; k++)
      total += exact_element<T>(p.left.data, p.left.dtype,
                                row * p.left.row_stride + k * p.left.depth_stride) *
               exact_element<T>(p.right.data, p.right.dtype,
                                j * p.right.row_stride + k * p.right.depth_stride);
    if (p.bias != nullptr)
      total += exact_element<T>(p.bias, p.bias_dtype,
                                row * p.bias_row_stride + j * p.bias_column_stride);
    if (p.previous != nullptr && p.beta != 0.0f)
      total +=
          (T)p.beta * exact_element<T>(p.previous, p.previous_dtype,
                                       row * p.previous_row_stride + j * p.previous_column_stride);
    exact_store<T>(p.out, p.out_dtype, row * p.out_row_stride + j * p.out_column_stride, total);
  }
}

static bool is_integer(DType dtype) { return dtype == I64 || dtype == I32 || dtype == BOOL; }
static bool is_exact(const Product &p) { return p.out_dtype == F64 || is_integer(p.out_dtype); }
static void exact_multiply(const Product &p, int64_t row) {
  is_integer(p.out_dtype) ? exact_row<uint64_t>(p, row) : exact_row<double>(p, row);
}

}  // namespace automodel::AM_ISA
