// Elementwise functions of one operand with attributes. in: x (any strides). out: y, same shape and
// dtype.
// gelu: ints [tanh approximation: 0 or 1]. softplus: floats [beta, threshold]. clamp: floats [min,
// max] (infinite = open; NaN stays). soft_cap: floats [cap]: cap * tanh(x / cap).
// soft_cap_backward: in dy, x; out dx; floats [cap].

#include "../prelude.h"
#include "elementwise.h"
#include "parametric-functions.h"

namespace automodel::AM_ISA {

constexpr Kernel gelu_kernel = ElementwiseKernel<gelu_functions>::named("gelu");
constexpr Kernel softplus_kernel = ElementwiseKernel<softplus_functions>::named("softplus");
constexpr Kernel clamp_kernel = ElementwiseKernel<clamp_functions>::named("clamp");
constexpr Kernel soft_cap_kernel = ElementwiseKernel<soft_cap_functions>::named("soft_cap");
constexpr Kernel soft_cap_backward_kernel =
    ElementwiseKernel<soft_cap_backward_functions>::named("soft_cap_backward");

}  // namespace automodel::AM_ISA
