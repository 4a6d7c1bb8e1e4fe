// Complaints about index operands that reading and writing by index share.
#pragma once

#include "../prelude.h"
#include "../reduce/lines.h"
#include "indexed.h"

namespace automodel::AM_ISA {

// The complaint about index tensors in[first ..] for the dimensions ints[first_int ..] of in[0].
static const char *indices_check(const Call &call, int first, int first_int) {
  const int count = call.int_count - first_int;
  if (count < 1 || count > MOST_INDICES || call.in_count != first + count)
    return "takes one to four index tensors; ints are their dimensions";
  if (!dimensions_fit(call, first_int)) return "a dimension is outside the tensor";
  for (int k = 0; k < count; k++) {
    if (!is_index(call.in[first + k])) return "indices must be i64 or i32";
  }
  return nullptr;
}

static const char *along_check(const Call &call, int operands) {
  if (call.in_count != operands || call.out_count != 1 || call.int_count != 1)
    return "has another number of operands; ints are the dimension";
  const Tensor &x = call.in[0], &index = call.in[1];
  if (!is_index(index) || index.rank != x.rank || (x.rank > 0 && !dimensions_fit(call, 0)))
    return "the index must be i64 or i32 with the rank of x";
  for (int d = 0; d < x.rank; d++) {
    if (d != dimension_of(call.ints[0], x.rank) && index.shape[d] > x.shape[d])
      return "the index is larger than x";
  }
  return nullptr;
}

}  // namespace automodel::AM_ISA
