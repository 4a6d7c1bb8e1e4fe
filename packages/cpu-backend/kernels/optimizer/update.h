// What the optimizers' updates share: chunks of a parameter, results that stay as they are, and the
// check of operands.
#pragma once

#include "../prelude.h"
#include "../operand.h"

namespace automodel::AM_ISA {

constexpr int64_t UPDATE_CHUNK = 65536;

static int64_t update_chunks(const Call &call, int32_t) {
  return ceil_div(elements(call.in[0]), UPDATE_CHUNK);
}

// Results that an update leaves as they are.
static void keep_range(const Tensor &from, const Tensor &to, int64_t first, int64_t end) {
  if (from.data == to.data) return;
  const int64_t bytes = bytes_of(from.dtype);
  memcpy(to.data + first * bytes, from.data + first * bytes, (size_t)((end - first) * bytes));
}

// Tensors that an update reads (in) and writes (out): dense floats of the parameter's shape;
// scalars f32.
static const char *update_check(const Call &call, int tensors, int scalars, int results) {
  if (call.in_count != tensors + scalars || call.out_count != results)
    return "has another number of operands or results";
  for (int i = 0; i < tensors; i++) {
    if (present(call.in[i]) && (!is_float(call.in[i].dtype) || !is_dense(call.in[i]) ||
                                !same_shape(call.in[i], call.in[0])))
      return "operands must be dense floats of the parameter's shape";
  }
  for (int i = tensors; i < tensors + scalars; i++) {
    if (call.in[i].rank != 0 || call.in[i].dtype != F32)
      return "scalars must be f32 without dimensions";
  }
  return nullptr;
}

}  // namespace automodel::AM_ISA
