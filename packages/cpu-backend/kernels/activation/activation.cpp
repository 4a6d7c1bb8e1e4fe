// activation: in x; out y = act(x). activation_backward: in dy, x; out dx.
// gated_activation: in gate, up; out act(gate) * up. gated_activation_backward: in dy, gate, up;
// out dgate, dup.
// ints [activation: 0 silu, 1 gelu_tanh, 2 gelu_erf, 3 relu, 4 sigmoid, 5 relu squared, 6
// quick_gelu]. Float tensors of one shape, any strides; results may take an operand's place.

#include "../prelude.h"
#include "../elementwise/elementwise.h"
#include "../operand.h"
#include "../vector/vector.h"
#include "functions.h"

namespace automodel::AM_ISA {

template <int A>
static void activation_floats(float *const *y, const float *const *x, int n) {
  for (int i = 0; i < n; i += LANES) {
    const int lanes = (int)min64(LANES, n - i);
    store(y[0] + i, activate<A>(load(x[0] + i, lanes)), lanes);
  }
}
template <int A>
static void activation_backward_floats(float *const *y, const float *const *x, int n) {
  for (int i = 0; i < n; i += LANES) {
    const int lanes = (int)min64(LANES, n - i);
    store(y[0] + i, load(x[0] + i, lanes) * slope_of<A>(load(x[1] + i, lanes)).slope, lanes);
  }
}
template <int A>
static void gated_floats(float *const *y, const float *const *x, int n) {
  for (int i = 0; i < n; i += LANES) {
    const int lanes = (int)min64(LANES, n - i);
    store(y[0] + i, activate<A>(load(x[0] + i, lanes)) * load(x[1] + i, lanes), lanes);
  }
}
template <int A>
static void gated_backward_floats(float *const *y, const float *const *x, int n) {
  for (int i = 0; i < n; i += LANES) {
    const int lanes = (int)min64(LANES, n - i);
    const Vec dy = load(x[0] + i, lanes), up = load(x[2] + i, lanes);
    const Slope gate = slope_of<A>(load(x[1] + i, lanes));
    store(y[0] + i, dy * up * gate.slope, lanes);
    store(y[1] + i, dy * gate.value, lanes);
  }
}

// A block function chosen by the attribute `activation`.
#define AM_BY_ACTIVATION(name)                                                                 \
  static void name##_any(float *const *y, const float *const *x, int n, const Attributes &a) { \
    switch (a.call.ints[0]) {                                                                  \
      case SILU:                                                                               \
        return name##_floats<SILU>(y, x, n);                                                   \
      case GELU_TANH:                                                                          \
        return name##_floats<GELU_TANH>(y, x, n);                                              \
      case GELU_ERF:                                                                           \
        return name##_floats<GELU_ERF>(y, x, n);                                               \
      case RELU:                                                                               \
        return name##_floats<RELU>(y, x, n);                                                   \
      case SIGMOID:                                                                            \
        return name##_floats<SIGMOID>(y, x, n);                                                \
      case RELU_SQUARED:                                                                       \
        return name##_floats<RELU_SQUARED>(y, x, n);                                           \
      default:                                                                                 \
        return name##_floats<QUICK_GELU>(y, x, n);                                             \
    }                                                                                          \
  }
AM_BY_ACTIVATION(activation)
AM_BY_ACTIVATION(activation_backward)
AM_BY_ACTIVATION(gated)
AM_BY_ACTIVATION(gated_backward)

template <const Elementwise &E>
static const char *activation_check(const Call &call) {
  if (call.int_count != 1 || call.ints[0] < 0 || call.ints[0] >= ACTIVATIONS)
    return "needs the number of a known activation";
  return elementwise_check(call, E);
}

#define AM_ACTIVATION_KERNEL(name, function, inputs, outputs)                                \
  static constexpr Elementwise name##_functions = {inputs, outputs, function##_any, nullptr, \
                                                   nullptr};                                 \
  constexpr Kernel name##_kernel = {#name,                                                   \
                                    1,                                                       \
                                    elementwise_chunks,                                      \
                                    ElementwiseKernel<name##_functions>::run,                \
                                    nullptr,                                                 \
                                    nullptr,                                                 \
                                    nullptr,                                                 \
                                    activation_check<name##_functions>};
AM_ACTIVATION_KERNEL(activation, activation, 1, 1)
AM_ACTIVATION_KERNEL(activation_backward, activation_backward, 2, 1)
AM_ACTIVATION_KERNEL(gated_activation, gated, 2, 1)
AM_ACTIVATION_KERNEL(gated_activation_backward, gated_backward, 3, 2)

}  // namespace automodel::AM_ISA
