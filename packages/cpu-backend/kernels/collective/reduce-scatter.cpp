// reduce_scatter: in tensors (floats, dense) and the group; out this rank's piece, along the first
// dimension, of their sums over its ranks. ints: [ranks].

#include "../prelude.h"
#include "../operand.h"
#include "group.h"
#include "rank-sum.h"

namespace automodel::AM_ISA {

static int64_t reduce_scatter_chunks(const Call &call, int32_t phase) {
  return phase == 0 ? ceil_div(all_elements(call.out, call.out_count), COLLECTIVE_CHUNK) : 0;
}

static void reduce_scatter_run(const Call &call, int32_t, int64_t chunk, char *) {
  const Group &group = group_of(call);
  const int64_t begin = chunk * COLLECTIVE_CHUNK;
  Parts parts(call.out, call.out_count, begin, begin + COLLECTIVE_CHUNK);
  for (Part part; parts.next(part);) {
    const Tensor &x = call.in[part.index], &y = call.out[part.index];
    const int64_t size = bytes_of(y.dtype), first = group.rank * elements(y) + part.from;
    add_ranks(group, x.data + first * size, y.data + part.from * size, y.dtype,
              part.to - part.from);
  }
}

static const char *reduce_scatter_check(const Call &call) {
  return check_sum(call, call.int_count < 1 ? 1 : call.ints[0]);
}

constexpr Kernel reduce_scatter_kernel = {
    "reduce_scatter", 2,       reduce_scatter_chunks, reduce_scatter_run, nullptr,
    nullptr,          nullptr, reduce_scatter_check,  meets_always};

}  // namespace automodel::AM_ISA
