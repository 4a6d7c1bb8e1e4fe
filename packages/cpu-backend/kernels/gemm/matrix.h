// Operands of products as matrices: a vector as one row, the dtypes that are packed, leading
// dimensions that broadcast.
#pragma once

#include "../prelude.h"

namespace automodel::AM_ISA {

// A vector A counts as one row, which its result does not have.
static Tensor as_matrix(const Tensor &t) {
  if (t.rank != 1) return t;
  Tensor m = t;
  m.rank = 2;
  m.shape[0] = 1;
  m.shape[1] = t.shape[0];
  m.stride[0] = t.shape[0] * t.stride[0];
  m.stride[1] = t.stride[0];
  return m;
}

static bool is_storage(const Tensor &t) {
  return t.dtype == F32 || t.dtype == BF16 || t.dtype == F16;
}

static bool broadcasts(const Tensor &t, const Tensor &out) {
  for (int d = 0; d < t.rank - 2; d++) {
    const int64_t want = out.shape[d + out.rank - t.rank];
    if (t.shape[d] != 1 && t.shape[d] != want) return false;
  }
  return t.rank <= out.rank;
}

static bool is_float_type(DType dtype) {
  return dtype == F32 || dtype == BF16 || dtype == F16 || dtype == F64;
}

}  // namespace automodel::AM_ISA
