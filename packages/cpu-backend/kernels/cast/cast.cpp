// cast: in x (any dtype, any strides); out y of the same shape in another dtype. ints, floats:
// none.
// As PyTorch: float to integer truncates, integer to integer wraps, anything to bool is `!= 0`,
// rounding is to nearest even.

#include "../prelude.h"
#include "../elementwise/elementwise.h"
#include "../operand.h"
#include "cast.h"

namespace automodel::AM_ISA {

static const char *cast_check(const Call &call) {
  if (call.in_count != 1 || call.out_count != 1 || !same_shape(call.in[0], call.out[0]))
    return "takes one operand and gives a result of its shape";
  return nullptr;
}

constexpr Kernel cast_kernel = {"cast",  1,       elementwise_chunks, cast_run, nullptr,
                                nullptr, nullptr, cast_check};

}  // namespace automodel::AM_ISA
