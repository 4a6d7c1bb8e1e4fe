// dropout: in x (float, dense), seed i64 0-d, step i64 0-d. out: y like x: x / (1 - p) where kept,
// else 0; may be x itself. floats: [p]. ints: [stream].
// Element i is kept where the uniform number of (step, stream, i) is at least p, so that
// recomputation and the backward pass, which is this kernel on dy, see the same choice.

#include "../prelude.h"
#include "../elementwise/elementwise.h"
#include "../operand.h"
#include "../vector/vector.h"
#include "philox.h"

namespace automodel::AM_ISA {

// Places in the call.
struct DropoutIn {
  enum { X, SEED, STEP };
};

static int64_t dropout_chunks(const Call &call, int32_t) {
  return ceil_div(elements(call.in[DropoutIn::X]), ELEMENTWISE_CHUNK);
}

static void dropout_run(const Call &call, int32_t, int64_t chunk, char *) {
  const Tensor &x = call.in[DropoutIn::X], &y = call.out[0];
  const uint64_t seed = (uint64_t)read_as<int64_t>(call.in[DropoutIn::SEED].data),
                 step = (uint64_t)read_as<int64_t>(call.in[DropoutIn::STEP].data),
                 stream = (uint64_t)call.ints[0];
  const float p = (float)call.floats[0];
  const Vec threshold = splat(p),
            scale = splat(p < 1.0f ? (float)(1.0 / (1.0 - call.floats[0])) : 0.0f);
  const int64_t end = min64(elements(x), (chunk + 1) * ELEMENTWISE_CHUNK);
  for (int64_t i = chunk * ELEMENTWISE_CHUNK; i < end; i += 16) {
    float numbers[16];
    for (int k = 0; k < 16; k += 4) {
      const uint64_t block = (uint64_t)(i + k) / 4;
      const PhiloxWords r =
          philox({{(uint32_t)step, (uint32_t)stream, (uint32_t)block, (uint32_t)(block >> 32)}},
                 (uint32_t)seed, (uint32_t)(seed >> 32));
      for (int j = 0; j < 4; j++) numbers[k + j] = (float)uniform(r.word[j]);
    }
    for (int64_t k = 0; k < min64(16, end - i); k += LANES) {
      const int lanes = (int)min64(LANES, end - i - k);
      store_lanes(y.data, y.dtype, i + k,
                  select(less(load(numbers + k, (int)min64(LANES, 16 - k)), threshold), zero(),
                         load_lanes(x.data, x.dtype, i + k, lanes) * scale),
                  lanes);
    }
  }
}

static const char *dropout_check(const Call &call) {
  if (call.in_count != 3 || call.out_count != 1 || call.int_count != 1 || call.float_count != 1)
    return "takes x, seed, step and gives y; ints are the stream, floats p";
  if (!is_float(call.in[DropoutIn::X].dtype) || !is_float(call.out[0].dtype) ||
      !same_shape(call.in[DropoutIn::X], call.out[0]) || !is_dense(call.in[DropoutIn::X]) ||
      !is_dense(call.out[0]))
    return "x and y must be dense floats of one shape";
  for (int i = 1; i < 3; i++) {
    if (call.in[i].dtype != I64 || elements(call.in[i]) != 1)
      return "seed and step must be i64 scalars";
  }
  return nullptr;
}

constexpr Kernel dropout_kernel = {"dropout", 1,       dropout_chunks, dropout_run,
                                   nullptr,   nullptr, nullptr,        dropout_check};

}  // namespace automodel::AM_ISA
