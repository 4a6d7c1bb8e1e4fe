// Results that start as a copy of an operand and are then written in part: the phase that copies,
// with nothing to do if the result already lies on the operand.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "copy.h"

namespace automodel::AM_ISA {

// The call of the copy kernel that brings operand k into result 0.
AM_INLINE Call copy_call(const Call &call, int k) {
  return {call.in + k, call.out, 1, 1, nullptr, nullptr, 0, 0, nullptr};
}

static int64_t copied_operand_chunks(const Call &call, int k) {
  return copy_chunks(copy_call(call, k), 0);
}

static void copied_operand_run(const Call &call, int k, int64_t chunk) {
  if (call.in[k].data != call.out[0].data) copy_run(copy_call(call, k), 0, chunk, nullptr);
}

static bool same_layout(const Tensor &a, const Tensor &b) {
  for (int d = 0; d < a.rank; d++) {
    if (a.shape[d] > 1 && a.stride[d] != b.stride[d]) return false;
  }
  return true;
}

// The complaint about operand k, which result 0 starts as a copy of.
static const char *copied_operand_check(const Call &call, int k) {
  const Tensor &from = call.in[k], &to = call.out[0];
  if (!present(from) || from.dtype != to.dtype || !same_shape(from, to))
    return "the result must have the shape and dtype of the operand that it starts as";
  return same_layout(from, to) || is_dense(to) ? nullptr : "the result must have no gaps";
}

}  // namespace automodel::AM_ISA
