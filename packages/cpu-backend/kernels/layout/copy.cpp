// copy: in x; out y of the same shape and dtype. Both may have any strides (x may broadcast), so
// this is the copy behind permute, expand, slice and cat. ints, floats: none.
// Where the two sides run along different dimensions, tiles are transposed in cache.

#include "../prelude.h"
#include "../elementwise/walk.h"
#include "copy.h"

namespace automodel::AM_ISA {

static const char *copy_check(const Call &call) {
  if (call.in_count != 1 || call.out_count != 1 || call.in[0].dtype != call.out[0].dtype ||
      !broadcasts_to(call.in[0], call.out[0]))
    return "takes one operand and gives a result of its shape and dtype";
  return nullptr;
}

constexpr Kernel copy_kernel = {"copy",  1,       copy_chunks, copy_run,
                                nullptr, nullptr, nullptr,     copy_check};

}  // namespace automodel::AM_ISA
