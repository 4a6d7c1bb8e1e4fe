// gradient_accumulate_many: in keep f32 0-d, then state and gradient of each (floats of one shape,
// row-major). out: keep * state + gradient of each, usually the state itself. ints, floats: none.
// All elements count as one row, cut into chunks, so that many small tensors are one piece of work.
// Where keep is 0, the states are not read.

#include "../prelude.h"
#include "../elementwise/elementwise.h"
#include "../operand.h"
#include "../tensor-row.h"
#include "../vector/vector.h"

namespace automodel::AM_ISA {

static int64_t accumulate_many_chunks(const Call &call, int32_t) {
  return ceil_div(elements_of_all(call.out, call.out_count), ELEMENTWISE_CHUNK);
}

static void accumulate_range(const Tensor &state, const Tensor &gradient, const Tensor &out,
                             float keep, int64_t first, int64_t end) {
  for (int64_t i = first; i < end; i += LANES) {
    const int n = (int)min64(LANES, end - i);
    const Vec added = load_lanes(gradient.data, gradient.dtype, i, n);
    store_lanes(
        out.data, out.dtype, i,
        keep == 0.0f ? added : fma(splat(keep), load_lanes(state.data, state.dtype, i, n), added),
        n);
  }
}

static void accumulate_many_run(const Call &call, int32_t, int64_t chunk, char *) {
  const int64_t first = chunk * ELEMENTWISE_CHUNK, end = first + ELEMENTWISE_CHUNK;
  const float keep = scalar_of(call.in[0]);
  for_parts(call.out, call.out_count, first, end, [&](int32_t k, int64_t from, int64_t to) {
    accumulate_range(call.in[1 + 2 * k], call.in[2 + 2 * k], call.out[k], keep, from, to);
  });
}

static const char *accumulate_many_check(const Call &call) {
  if (call.out_count < 1 || call.in_count != 1 + 2 * call.out_count || call.in[0].rank != 0)
    return "takes keep, then state and gradient for each result";
  for (int k = 0; k < call.out_count; k++) {
    const Tensor *tensors[] = {&call.in[1 + 2 * k], &call.in[2 + 2 * k], &call.out[k]};
    for (const Tensor *t : tensors) {
      if (!present(*t) || !is_float(t->dtype) || !is_dense(*t) || !same_shape(*t, call.out[k]))
        return "state, gradient and result must be floats of one shape without gaps";
    }
  }
  return nullptr;
}

constexpr Kernel gradient_accumulate_many_kernel = {"gradient_accumulate_many",
                                                    1,
                                                    accumulate_many_chunks,
                                                    accumulate_many_run,
                                                    nullptr,
                                                    nullptr,
                                                    nullptr,
                                                    accumulate_many_check};

}  // namespace automodel::AM_ISA
