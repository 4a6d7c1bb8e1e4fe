// Elementwise functions of two operands under broadcasting: add sub mul div pow maximum minimum
// remainder floordiv atan2 eq ne lt le gt ge and or xor, and where of three.
// in: a, b of one dtype, any strides, shapes that broadcast to the result's (where: condition bool,
// a, b). out: the dtype of the operands, bool for comparisons. ints, floats: none.
// PyTorch's meanings: NaN wins in maximum and minimum, remainder and floordiv follow the divisor's
// sign, whole numbers wrap; division of a whole number by zero gives 0.

#include "../prelude.h"
#include "binary-functions.h"
#include "elementwise.h"

namespace automodel::AM_ISA {

#define AM_BINARY_KERNEL(name) \
  constexpr Kernel name##_kernel = ElementwiseKernel<name##_functions>::named(#name);

AM_BINARY_KERNEL(add)
AM_BINARY_KERNEL(sub)
AM_BINARY_KERNEL(mul)
AM_BINARY_KERNEL(maximum)
AM_BINARY_KERNEL(minimum)
AM_BINARY_KERNEL(remainder)
AM_BINARY_KERNEL(floordiv)
AM_BINARY_KERNEL(div)
AM_BINARY_KERNEL(atan2)
AM_BINARY_KERNEL(eq)
AM_BINARY_KERNEL(ne)
AM_BINARY_KERNEL(lt)
AM_BINARY_KERNEL(le)
AM_BINARY_KERNEL(gt)
AM_BINARY_KERNEL(ge)
AM_BINARY_KERNEL(and)
AM_BINARY_KERNEL(or)
AM_BINARY_KERNEL(xor)
AM_BINARY_KERNEL(pow)
AM_BINARY_KERNEL(where)

}  // namespace automodel::AM_ISA
