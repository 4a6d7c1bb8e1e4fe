// sgd: one step of torch.optim.SGD (dampening 0). in: parameter, gradient, momentum buffer? (dense
// floats of one shape), then f32 0-d: learning rate, weight decay, clip scale, flag.
// out: parameter, buffer (absent or empty without momentum), usually the operands themselves.
// floats: [momentum]. ints: [nesterov 0/1]. A zero buffer gives PyTorch's first step. Flag 0
// changes nothing.
// sgd_many: in: the scalars, then all parameters, all buffers (none with momentum 0), all
// gradients. out: all parameters, all buffers. Each parameter gets the bits that sgd gives it.

#include "../prelude.h"
#include "../operand.h"
#include "../vector/vector.h"
#include "update.h"

namespace automodel::AM_ISA {

constexpr int SGD_TENSORS = 3, SGD_SCALARS = 4;

struct SgdScalar {
  enum { RATE, DECAY, CLIP, FLAG };
};
struct SgdFloat {
  enum { MOMENTUM };
};
struct SgdInt {
  enum { NESTEROV };
};

// One parameter of a call; `b` and `new_b` are null without a buffer.
struct SgdTensors {
  const Tensor &p, &g, &new_p;
  const Tensor *b, *new_b;
};

// What all elements of a step share.
struct SgdStep {
  Vec rate, decay, clip, kept;
  bool nesterov;
};

static SgdStep sgd_step(const Call &call, const Tensor *scalars) {
  SgdStep s;
  s.rate = splat(scalar_of(scalars[SgdScalar::RATE]));
  s.decay = splat(scalar_of(scalars[SgdScalar::DECAY]));
  s.clip = splat(scalar_of(scalars[SgdScalar::CLIP]));
  s.kept = splat((float)call.floats[SgdFloat::MOMENTUM]);
  s.nesterov = call.ints[SgdInt::NESTEROV] != 0;
  return s;
}

static void sgd_range(const SgdTensors &t, const SgdStep &s, int64_t first, int64_t end) {
  for (int64_t i = first; i < end; i += LANES) {
    const int lanes = (int)min64(LANES, end - i);
    const Vec parameter = load_lanes(t.p.data, t.p.dtype, i, lanes);
    Vec step = fma(s.decay, parameter, load_lanes(t.g.data, t.g.dtype, i, lanes) * s.clip);
    if (t.b != nullptr) {
      const Vec velocity = fma(s.kept, load_lanes(t.b->data, t.b->dtype, i, lanes), step);
      store_lanes(t.new_b->data, t.b->dtype, i, velocity, lanes);
      step = s.nesterov ? fma(s.kept, velocity, step) : velocity;
    }
    store_lanes(t.new_p.data, t.p.dtype, i, fnma(s.rate, step, parameter), lanes);
  }
}

// The parameters of a call: `tensors_of(k)` are those of parameter k, `scalars` those of the step.
template <class TensorsOf>
AM_INLINE void sgd_update(const Call &call, int64_t chunk, const Tensor *scalars,
                          int32_t parameters, TensorsOf tensors_of) {
  const bool taken = scalar_of(scalars[SgdScalar::FLAG]) != 0.0f;
  const SgdStep step = sgd_step(call, scalars);
  for_updated_parts(call, parameters, chunk, [&](int32_t k, int64_t first, int64_t end) {
    const SgdTensors t = tensors_of(k);
    if (taken) return sgd_range(t, step, first, end);
    keep_range(t.p, t.new_p, first, end);
    if (t.b != nullptr) keep_range(*t.b, *t.new_b, first, end);
  });
}

static const char *sgd_tensors_check(const SgdTensors &t) {
  if (!is_updatable(t.p, t.p) || !is_updatable(t.g, t.p) ||
      (t.b != nullptr && !is_updatable(*t.b, t.p)))
    return "operands must be dense floats of the parameter's shape";
  if (!looks_like(t.new_p, t.p)) return "the new parameter must look like the old one";
  if (t.b != nullptr && !looks_like(*t.new_b, *t.b))
    return "the new buffer must look like the old one";
  return nullptr;
}

static int64_t sgd_chunks(const Call &call, int32_t) { return update_chunks_of(call, 1); }

static SgdTensors sgd_tensors(const Call &call) {
  const bool momentum = present(call.in[2]);
  return {call.in[0], call.in[1], call.out[0], momentum ? &call.in[2] : nullptr,
          momentum ? &call.out[1] : nullptr};
}

static void sgd_run(const Call &call, int32_t, int64_t chunk, char *) {
  sgd_update(call, chunk, call.in + SGD_TENSORS, 1, [&](int32_t) { return sgd_tensors(call); });
}

static const char *sgd_check(const Call &call) {
  if (call.float_count != 1 || call.int_count != 1) return "floats are momentum, ints nesterov";
  if (call.in_count != SGD_TENSORS + SGD_SCALARS || call.out_count != 2)
    return "has another number of operands or results";
  const char *complaint = scalars_check(call, SGD_TENSORS, SGD_SCALARS);
  return complaint != nullptr ? complaint : sgd_tensors_check(sgd_tensors(call));
}

// Results of each parameter: itself, and its buffer.
static int32_t sgd_many_results(const Call &call) {
  return call.floats[SgdFloat::MOMENTUM] == 0.0 ? 1 : 2;
}
static int32_t sgd_many_count(const Call &call) { return call.out_count / sgd_many_results(call); }
static int64_t sgd_many_chunks(const Call &call, int32_t) {
  return update_chunks_of(call, sgd_many_count(call));
}

static SgdTensors sgd_many_tensors(const Call &call, int32_t k) {
  const int32_t n = sgd_many_count(call), results = sgd_many_results(call);
  const Tensor *in = call.in + SGD_SCALARS + k, *out = call.out + k;
  return {in[0], in[results * n], out[0], results == 2 ? &in[n] : nullptr,
          results == 2 ? &out[n] : nullptr};
}

static void sgd_many_run(const Call &call, int32_t, int64_t chunk, char *) {
  sgd_update(call, chunk, call.in, sgd_many_count(call),
             [&](int32_t k) { return sgd_many_tensors(call, k); });
}

static const char *sgd_many_check(const Call &call) {
  if (call.float_count != 1 || call.int_count != 1) return "floats are momentum, ints nesterov";
  const int32_t n = sgd_many_count(call), results = sgd_many_results(call);
  if (n < 1 || call.out_count != results * n || call.in_count != SGD_SCALARS + (results + 1) * n)
    return "takes the scalars, then parameters, buffers where there is momentum, and gradients";
  const char *complaint = scalars_check(call, 0, SGD_SCALARS);
  for (int32_t k = 0; k < n && complaint == nullptr; k++)
    complaint = sgd_tensors_check(sgd_many_tensors(call, k));
  return complaint;
}

constexpr Kernel sgd_kernel = {"sgd", 1, sgd_chunks, sgd_run, nullptr, nullptr, nullptr, sgd_check};
constexpr Kernel sgd_many_kernel = {"sgd_many", 1,       sgd_many_chunks, sgd_many_run,
                                    nullptr,    nullptr, nullptr,         sgd_many_check};

}  // namespace automodel::AM_ISA
