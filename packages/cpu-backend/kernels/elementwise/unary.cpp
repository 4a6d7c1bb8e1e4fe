// Elementwise functions of one operand: neg abs exp exp2 log log2 log1p expm1 sqrt rsqrt sin cos
// tan tanh sigmoid erf reciprocal sign floor ceil round trunc relu silu isnan isinf isfinite not.
// in: x (any strides). out: y of the same shape; dtype of x, or bool for isnan, isinf and isfinite.
// ints, floats: none. Floats and f64; whole numbers where that has a meaning.
// round goes to even, relu keeps NaN, sign makes it 0, `not` is logical on bool. sin, cos and tan
// are libm's: exact for large arguments.

#include "../prelude.h"
#include "elementwise.h"
#include "unary-functions.h"

namespace automodel::AM_ISA {

#define AM_UNARY_KERNEL(name) \
  constexpr Kernel name##_kernel = ElementwiseKernel<name##_functions>::named(#name);

AM_UNARY_KERNEL(neg)
AM_UNARY_KERNEL(abs)
AM_UNARY_KERNEL(sign)
AM_UNARY_KERNEL(floor)
AM_UNARY_KERNEL(ceil)
AM_UNARY_KERNEL(round)
AM_UNARY_KERNEL(trunc)
AM_UNARY_KERNEL(relu)
AM_UNARY_KERNEL(isnan)
AM_UNARY_KERNEL(isinf)
AM_UNARY_KERNEL(isfinite)
AM_UNARY_KERNEL(exp)
AM_UNARY_KERNEL(log)
AM_UNARY_KERNEL(sqrt)
AM_UNARY_KERNEL(rsqrt)
AM_UNARY_KERNEL(tanh)
AM_UNARY_KERNEL(sigmoid)
AM_UNARY_KERNEL(erf)
AM_UNARY_KERNEL(reciprocal)
AM_UNARY_KERNEL(silu)
AM_UNARY_KERNEL(exp2)
AM_UNARY_KERNEL(log2)
AM_UNARY_KERNEL(log1p)
AM_UNARY_KERNEL(expm1)
AM_UNARY_KERNEL(sin)
AM_UNARY_KERNEL(cos)
AM_UNARY_KERNEL(tan)
AM_UNARY_KERNEL(not)

}  // namespace automodel::AM_ISA
