// sgd: one step of torch.optim.SGD (dampening 0). in: parameter, gradient, momentum buffer? (dense
// floats of one shape), then f32 0-d: learning rate, weight decay, clip scale, flag.
// out: parameter, buffer (absent or empty without momentum), usually the operands themselves.
// floats: [momentum]. ints: [nesterov 0/1]. A zero buffer gives PyTorch's first step. Flag 0
// changes nothing.

#include "../prelude.h"
#include "../operand.h"
#include "../vector/vector.h"
#include "update.h"

namespace automodel::AM_ISA {

// Places in the call.
struct SgdIn {
  enum { PARAMETER, GRADIENT, BUFFER, RATE, DECAY, CLIP, FLAG };
};
struct SgdOut {
  enum { PARAMETER, BUFFER };
};
struct SgdFloat {
  enum { MOMENTUM };
};
struct SgdInt {
  enum { NESTEROV };
};

static void sgd_run(const Call &call, int32_t, int64_t chunk, char *) {
  const Tensor &p = call.in[SgdIn::PARAMETER], &g = call.in[SgdIn::GRADIENT],
               &b = call.in[SgdIn::BUFFER];
  const int64_t first = chunk * UPDATE_CHUNK, end = min64(elements(p), first + UPDATE_CHUNK);
  const bool momentum = present(b), nesterov = call.ints[SgdInt::NESTEROV] != 0;
  if (scalar_of(call.in[SgdIn::FLAG]) == 0.0f) {
    keep_range(p, call.out[SgdOut::PARAMETER], first, end);
    if (momentum) keep_range(b, call.out[SgdOut::BUFFER], first, end);
    return;
  }
  const Vec rate = splat(scalar_of(call.in[SgdIn::RATE])),
            decay = splat(scalar_of(call.in[SgdIn::DECAY])),
            clip = splat(scalar_of(call.in[SgdIn::CLIP])),
            kept = splat((float)call.floats[SgdFloat::MOMENTUM]);
  for (int64_t i = first; i < end; i += LANES) {
    const int lanes = (int)min64(LANES, end - i);
    const Vec parameter = load_lanes(p.data, p.dtype, i, lanes);
    Vec step = fma(decay, parameter, load_lanes(g.data, g.dtype, i, lanes) * clip);
    if (momentum) {
      const Vec velocity = fma(kept, load_lanes(b.data, b.dtype, i, lanes), step);
      store_lanes(call.out[SgdOut::BUFFER].data, b.dtype, i, velocity, lanes);
      step = nesterov ? fma(kept, velocity, step) : velocity;
    }
    store_lanes(call.out[SgdOut::PARAMETER].data, p.dtype, i, fnma(rate, step, parameter), lanes);
  }
}

static const char *sgd_check(const Call &call) {
  if (call.float_count != 1 || call.int_count != 1) return "floats are momentum, ints nesterov";
  const char *complaint = update_check(call, 3, 4, 2);
  if (complaint != nullptr) return complaint;
  if (!same_shape(call.in[SgdIn::PARAMETER], call.out[SgdOut::PARAMETER]) ||
      call.in[SgdIn::PARAMETER].dtype != call.out[SgdOut::PARAMETER].dtype ||
      !is_dense(call.out[SgdOut::PARAMETER]))
    return "the new parameter must look like the old one";
  if (present(call.in[SgdIn::BUFFER]) &&
      (!has_out(call, SgdOut::BUFFER) ||
       !same_shape(call.in[SgdIn::BUFFER], call.out[SgdOut::BUFFER]) ||
       call.in[SgdIn::BUFFER].dtype != call.out[SgdOut::BUFFER].dtype ||
       !is_dense(call.out[SgdOut::BUFFER])))
    return "the new buffer must look like the old one";
  return nullptr;
}

constexpr Kernel sgd_kernel = {"sgd",   1,       update_chunks, sgd_run,
                               nullptr, nullptr, nullptr,       sgd_check};

}  // namespace automodel::AM_ISA
