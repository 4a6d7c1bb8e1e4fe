// adamw: one step of AdamW in torch.optim.AdamW's order of arithmetic, in one pass. in: parameter,
// gradient, m, v (float tensors of one shape, dense), then f32 0-d scalars: learning rate, weight
// decay, bias correction 1 (1 - beta1^t), bias correction 2, clip scale, flag. out: parameter, m,
// v, usually the operands themselves. floats: [beta1, beta2, eps].
// With flag 0 the operands are copied to results in other memory, and results in the same memory
// are not written.

#include "../prelude.h"
#include "../operand.h"
#include "../vector/vector.h"
#include "update.h"

namespace automodel::AM_ISA {

// Places in the call.
struct AdamWIn {
  enum { PARAMETER, GRADIENT, MOMENT1, MOMENT2, RATE, DECAY, CORRECTION1, CORRECTION2, CLIP, FLAG };
};
struct AdamWOut {
  enum { PARAMETER, MOMENT1, MOMENT2 };
};
struct AdamWFloat {
  enum { BETA1, BETA2, EPS };
};

static void adamw_run(const Call &call, int32_t, int64_t chunk, char *) {
  const Tensor &p = call.in[AdamWIn::PARAMETER], &g = call.in[AdamWIn::GRADIENT],
               &m = call.in[AdamWIn::MOMENT1], &v = call.in[AdamWIn::MOMENT2];
  const int64_t first = chunk * UPDATE_CHUNK, end = min64(elements(p), first + UPDATE_CHUNK);
  if (scalar_of(call.in[AdamWIn::FLAG]) == 0.0f) {
    keep_range(p, call.out[AdamWOut::PARAMETER], first, end);
    keep_range(m, call.out[AdamWOut::MOMENT1], first, end);
    return keep_range(v, call.out[AdamWOut::MOMENT2], first, end);
  }
  const double rate = scalar_of(call.in[AdamWIn::RATE]), decay = scalar_of(call.in[AdamWIn::DECAY]),
               correction1 = scalar_of(call.in[AdamWIn::CORRECTION1]),
               correction2 = scalar_of(call.in[AdamWIn::CORRECTION2]);
  const Vec kept = splat((float)(1.0 - rate * decay)), step = splat((float)(-rate / correction1)),
            root = splat((float)::sqrt(correction2)),
            clip = splat(scalar_of(call.in[AdamWIn::CLIP]));
  const Vec new1 = splat((float)(1.0 - call.floats[AdamWFloat::BETA1])),
            beta2 = splat((float)call.floats[AdamWFloat::BETA2]),
            new2 = splat((float)(1.0 - call.floats[AdamWFloat::BETA2])),
            eps = splat((float)call.floats[AdamWFloat::EPS]);
  for (int64_t i = first; i < end; i += LANES) {
    const int lanes = (int)min64(LANES, end - i);
    const Vec gradient = load_lanes(g.data, g.dtype, i, lanes) * clip,
              old1 = load_lanes(m.data, m.dtype, i, lanes);
    const Vec moment1 = fma(new1, gradient - old1, old1);
    const Vec moment2 =
        fma(new2 * gradient, gradient, load_lanes(v.data, v.dtype, i, lanes) * beta2);
    const Vec denominator = sqrt(moment2) / root + eps;
    store_lanes(call.out[AdamWOut::PARAMETER].data, p.dtype, i,
                fma(step, moment1 / denominator, load_lanes(p.data, p.dtype, i, lanes) * kept),
                lanes);
    store_lanes(call.out[AdamWOut::MOMENT1].data, m.dtype, i, moment1, lanes);
    store_lanes(call.out[AdamWOut::MOMENT2].data, v.dtype, i, moment2, lanes);
  }
}

static const char *adamw_check(const Call &call) {
  if (call.float_count != 3) return "floats are beta1, beta2 and eps";
  const char *complaint = update_check(call, 4, 6, 3);
  if (complaint != nullptr) return complaint;
  for (int k = 0; k < 3; k++) {
    const Tensor &from = call.in[k == 0 ? 0 : k + 1];
    if (!same_shape(from, call.out[k]) || from.dtype != call.out[k].dtype || !is_dense(call.out[k]))
      return "results must look like their operands";
  }
  return nullptr;
}

constexpr Kernel adamw_kernel = {"adamw", 1,       update_chunks, adamw_run,
                                 nullptr, nullptr, nullptr,       adamw_check};

}  // namespace automodel::AM_ISA
