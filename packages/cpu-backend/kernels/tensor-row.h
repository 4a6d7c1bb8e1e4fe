// Several tensors of one call as one row of elements, one after the other, so that many small
// tensors are one piece of work and large ones are cut into chunks.
#pragma once

#include "prelude.h"
#include "operand.h"

namespace automodel::AM_ISA {

// Elements of `tensors` together.
AM_INLINE int64_t elements_of_all(const Tensor *tensors, int32_t count) {
  int64_t total = 0;
  for (int32_t k = 0; k < count; k++) total += elements(tensors[k]);
  return total;
}

// Calls part(k, from, to) for the elements [from, to) of tensor k that lie in [first, end) of the
// row.
template <class Part>
AM_INLINE void for_parts(const Tensor *tensors, int32_t count, int64_t first, int64_t end,
                         Part part) {
  int64_t start = 0;
  for (int32_t k = 0; k < count && start < end; k++) {
    const int64_t size = elements(tensors[k]), from = max64(first - start, 0),
                  to = min64(end - start, size);
    if (from < to) part(k, from, to);
    start += size;
  }
}

}  // namespace automodel::AM_ISA
