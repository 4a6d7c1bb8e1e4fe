// adamw: one step of AdamW in torch.optim.AdamW's order of arithmetic, in one pass. in: parameter,
// gradient, m, v (float tensors of one shape, dense), then f32 0-d scalars: learning rate, weight
// decay, bias correction 1 (1 - beta1^t), bias correction 2, clip scale, flag. out: parameter, m,
// v, usually the operands themselves. floats: [beta1, beta2, eps].
// adamw_many: in: the scalars, then all parameters, all m, all v, all gradients. out: all
// parameters, all m, all v. Each parameter gets the bits that adamw gives it.
// With flag 0 the operands are copied to results in other memory, and results in the same memory
// are not written.

#include "../prelude.h"
#include "../operand.h"
#include "../vector/vector.h"
#include "update.h"

namespace automodel::AM_ISA {

constexpr int ADAMW_TENSORS = 4, ADAMW_SCALARS = 6, ADAMW_RESULTS = 3;

struct AdamWScalar {
  enum { RATE, DECAY, CORRECTION1, CORRECTION2, CLIP, FLAG };
};
struct AdamWFloat {
  enum { BETA1, BETA2, EPS };
};

// One parameter of a call: its operands and results.
struct AdamWTensors {
  const Tensor &p, &m, &v, &g, &new_p, &new_m, &new_v;
};

// What all elements of a step share.
struct AdamWStep {
  Vec kept, step, root, clip, new1, beta2, new2, eps;
};

static AdamWStep adamw_step(const Tensor *scalars, const double *floats) {
  const double rate = scalar_of(scalars[AdamWScalar::RATE]),
               decay = scalar_of(scalars[AdamWScalar::DECAY]),
               correction1 = scalar_of(scalars[AdamWScalar::CORRECTION1]),
               correction2 = scalar_of(scalars[AdamWScalar::CORRECTION2]);
  AdamWStep s;
  s.kept = splat((float)(1.0 - rate * decay));
  s.step = splat((float)(-rate / correction1));
  s.root = splat((float)::sqrt(correction2));
  s.clip = splat(scalar_of(scalars[AdamWScalar::CLIP]));
  s.new1 = splat((float)(1.0 - floats[AdamWFloat::BETA1]));
  s.beta2 = splat((float)floats[AdamWFloat::BETA2]);
  s.new2 = splat((float)(1.0 - floats[AdamWFloat::BETA2]));
  s.eps = splat((float)floats[AdamWFloat::EPS]);
  return s;
}

static void adamw_range(const AdamWTensors &t, const AdamWStep &s, int64_t first, int64_t end) {
  for (int64_t i = first; i < end; i += LANES) {
    const int lanes = (int)min64(LANES, end - i);
    const Vec gradient = load_lanes(t.g.data, t.g.dtype, i, lanes) * s.clip,
              old1 = load_lanes(t.m.data, t.m.dtype, i, lanes);
    const Vec moment1 = fma(s.new1, gradient - old1, old1);
    const Vec moment2 =
        fma(s.new2 * gradient, gradient, load_lanes(t.v.data, t.v.dtype, i, lanes) * s.beta2);
    const Vec denominator = sqrt(moment2) / s.root + s.eps;
    store_lanes(
        t.new_p.data, t.p.dtype, i,
        fma(s.step, moment1 / denominator, load_lanes(t.p.data, t.p.dtype, i, lanes) * s.kept),
        lanes);
    store_lanes(t.new_m.data, t.m.dtype, i, moment1, lanes);
    store_lanes(t.new_v.data, t.v.dtype, i, moment2, lanes);
  }
}

// The parameters of a call: `tensors_of(k)` are those of parameter k, `scalars` those of the step.
template <class TensorsOf>
AM_INLINE void adamw_update(const Call &call, int64_t chunk, const Tensor *scalars,
                            int32_t parameters, TensorsOf tensors_of) {
  const bool taken = scalar_of(scalars[AdamWScalar::FLAG]) != 0.0f;
  const AdamWStep step = adamw_step(scalars, call.floats);
  for_updated_parts(call, parameters, chunk, [&](int32_t k, int64_t first, int64_t end) {
    const AdamWTensors t = tensors_of(k);
    if (taken) return adamw_range(t, step, first, end);
    keep_range(t.p, t.new_p, first, end);
    keep_range(t.m, t.new_m, first, end);
    keep_range(t.v, t.new_v, first, end);
  });
}

static const char *adamw_tensors_check(const AdamWTensors &t) {
  if (!is_updatable(t.p, t.p) || !is_updatable(t.g, t.p) || !is_updatable(t.m, t.p) ||
      !is_updatable(t.v, t.p))
    return "operands must be dense floats of the parameter's shape";
  if (!looks_like(t.new_p, t.p) || !looks_like(t.new_m, t.m) || !looks_like(t.new_v, t.v))
    return "results must look like their operands";
  return nullptr;
}

static int64_t adamw_chunks(const Call &call, int32_t) { return update_chunks_of(call, 1); }

static AdamWTensors adamw_tensors(const Call &call) {
  const Tensor *in = call.in, *out = call.out;
  return {in[0], in[2], in[3], in[1], out[0], out[1], out[2]};
}

static void adamw_run(const Call &call, int32_t, int64_t chunk, char *) {
  adamw_update(call, chunk, call.in + ADAMW_TENSORS, 1,
               [&](int32_t) { return adamw_tensors(call); });
}

static const char *adamw_check(const Call &call) {
  if (call.float_count != 3) return "floats are beta1, beta2 and eps";
  if (call.in_count != ADAMW_TENSORS + ADAMW_SCALARS || call.out_count != ADAMW_RESULTS)
    return "has another number of operands or results";
  const char *complaint = scalars_check(call, ADAMW_TENSORS, ADAMW_SCALARS);
  return complaint != nullptr ? complaint : adamw_tensors_check(adamw_tensors(call));
}

static int32_t adamw_many_count(const Call &call) { return call.out_count / ADAMW_RESULTS; }
static int64_t adamw_many_chunks(const Call &call, int32_t) {
  return update_chunks_of(call, adamw_many_count(call));
}

static AdamWTensors adamw_many_tensors(const Call &call, int32_t k) {
  const int32_t n = adamw_many_count(call);
  const Tensor *in = call.in + ADAMW_SCALARS + k, *out = call.out + k;
  return {in[0], in[n], in[2 * n], in[3 * n], out[0], out[n], out[2 * n]};
}

static void adamw_many_run(const Call &call, int32_t, int64_t chunk, char *) {
  adamw_update(call, chunk, call.in, adamw_many_count(call),
               [&](int32_t k) { return adamw_many_tensors(call, k); });
}

static const char *adamw_many_check(const Call &call) {
  if (call.float_count != 3) return "floats are beta1, beta2 and eps";
  const int32_t n = adamw_many_count(call);
  if (n < 1 || call.out_count != ADAMW_RESULTS * n ||
      call.in_count != ADAMW_SCALARS + ADAMW_TENSORS * n)
    return "takes the scalars, then parameters, both moments and gradients";
  const char *complaint = scalars_check(call, 0, ADAMW_SCALARS);
  for (int32_t k = 0; k < n && complaint == nullptr; k++)
    complaint = adamw_tensors_check(adamw_many_tensors(call, k));
  return complaint;
}

constexpr Kernel adamw_kernel = {"adamw", 1,       adamw_chunks, adamw_run,
                                 nullptr, nullptr, nullptr,      adamw_check};
constexpr Kernel adamw_many_kernel = {"adamw_many", 1,       adamw_many_chunks, adamw_many_run,
                                      nullptr,      nullptr, nullptr,           adamw_many_check};

}  // namespace automodel::AM_ISA
