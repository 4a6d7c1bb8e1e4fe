// gradient_accumulate: in state, gradient (floats of one shape, any strides), keep f32 0-d. out:
// keep * state + gradient, usually the state itself. Where keep is 0, the state is not read. ints,
// floats: none.

#include "../prelude.h"
#include "../elementwise/elementwise.h"
#include "../operand.h"
#include "../vector/vector.h"

namespace automodel::AM_ISA {

static void accumulate_floats(float *const *y, const float *const *x, int n, const Attributes &) {
  const Vec keep = splat(x[2][0]);
  const bool fresh = x[2][0] == 0.0f;
  for (int i = 0; i < n; i += LANES) {
    const int lanes = (int)min64(LANES, n - i);
    const Vec gradient = load(x[1] + i, lanes);
    store(y[0] + i, fresh ? gradient : fma(keep, load(x[0] + i, lanes), gradient), lanes);
  }
}
static constexpr Elementwise gradient_accumulate_functions = {3, 1, accumulate_floats, nullptr,
                                                              nullptr};
constexpr Kernel gradient_accumulate_kernel =
    ElementwiseKernel<gradient_accumulate_functions>::named("gradient_accumulate");

}  // namespace automodel::AM_ISA
