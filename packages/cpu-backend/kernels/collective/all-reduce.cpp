// all_reduce: in tensors (floats, dense) and the group; out their sums over its ranks, each usually
// the tensor itself. ints: [ranks]. All elements count as one row that is cut into a slice for each
// rank: a rank adds up its slice of all ranks, then copies the others' slices from their results.

#include "../prelude.h"
#include "../operand.h"
#include "group.h"
#include "rank-sum.h"

namespace automodel::AM_ISA {

// Slices begin at multiples of this many elements, so that no cache line has two writers.
constexpr int64_t SLICE_STEP = 64;

static int64_t slice_start(int64_t total, int64_t ranks, int64_t rank) {
  return min64(total, ceil_div(ceil_div(total, SLICE_STEP) * rank, ranks) * SLICE_STEP);
}

static int64_t all_reduce_chunks(const Call &call, int32_t phase) {
  const int64_t total = all_elements(call.out, call.out_count);
  const int64_t steps = ceil_div(ceil_div(total, SLICE_STEP), call.ints[0]);
  if (phase == 0) return ceil_div(steps * SLICE_STEP, COLLECTIVE_CHUNK);
  return phase == 1 && call.ints[0] > 1 ? ceil_div(total, COLLECTIVE_CHUNK) : 0;
}

static void add_slice(const Call &call, const Group &group, int64_t total, int64_t chunk) {
  const int64_t start = slice_start(total, group.ranks, group.rank),
                end = slice_start(total, group.ranks, group.rank + 1),
                from = min64(end, start + chunk * COLLECTIVE_CHUNK),
                to = min64(end, from + COLLECTIVE_CHUNK);
  Parts parts(call.out, call.out_count, from, to);
  for (Part part; parts.next(part);) {
    const Tensor &x = call.in[part.index], &y = call.out[part.index];
    const int64_t at = part.from * bytes_of(y.dtype);
    add_ranks(group, x.data + at, y.data + at, y.dtype, part.to - part.from);
  }
}

static void copy_slices(const Call &call, const Group &group, int64_t total, int64_t chunk) {
  const int64_t begin = chunk * COLLECTIVE_CHUNK, end = min64(total, begin + COLLECTIVE_CHUNK);
  for (int64_t peer = 0; peer < group.ranks; peer++) {
    if (peer == group.rank) continue;
    Parts parts(call.out, call.out_count, max64(begin, slice_start(total, group.ranks, peer)),
                min64(end, slice_start(total, group.ranks, peer + 1)));
    for (Part part; parts.next(part);) {
      const Tensor &y = call.out[part.index];
      char *at = y.data + part.from * bytes_of(y.dtype);
      memcpy(at, at_peer(group, peer, at), (size_t)((part.to - part.from) * bytes_of(y.dtype)));
    }
  }
}

static void all_reduce_run(const Call &call, int32_t phase, int64_t chunk, char *) {
  const int64_t total = all_elements(call.out, call.out_count);
  if (phase == 0)
    add_slice(call, group_of(call), total, chunk);
  else
    copy_slices(call, group_of(call), total, chunk);
}

static const char *all_reduce_check(const Call &call) { return check_sum(call, 1); }

constexpr Kernel all_reduce_kernel = {"all_reduce", 3,       all_reduce_chunks, all_reduce_run,
                                      nullptr,      nullptr, nullptr,           all_reduce_check,
                                      meets_always};

}  // namespace automodel::AM_ISA
