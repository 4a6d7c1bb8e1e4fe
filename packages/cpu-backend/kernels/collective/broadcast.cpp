// broadcast: in tensors (any dtype, dense) and the group; out those of the rank `root`. ints:
// [ranks, root]. The root puts its tensors into its own results, from which the others copy them.

#include "../prelude.h"
#include "../operand.h"
#include "group.h"

namespace automodel::AM_ISA {

static int64_t broadcast_chunks(const Call &call, int32_t phase) {
  return phase < 2 ? ceil_div(all_elements(call.out, call.out_count), COLLECTIVE_CHUNK) : 0;
}

static void broadcast_run(const Call &call, int32_t phase, int64_t chunk, char *) {
  const Group &group = group_of(call);
  const bool is_root = group.rank == call.ints[1];
  if (is_root != (phase == 0)) return;
  const int64_t begin = chunk * COLLECTIVE_CHUNK;
  Parts parts(call.out, call.out_count, begin, begin + COLLECTIVE_CHUNK);
  for (Part part; parts.next(part);) {
    const Tensor &x = call.in[part.index], &y = call.out[part.index];
    const int64_t size = bytes_of(y.dtype), at = part.from * size;
    const char *from = is_root ? x.data + at : at_peer(group, call.ints[1], y.data + at);
    if (from != y.data + at) memcpy(y.data + at, from, (size_t)((part.to - part.from) * size));
  }
}

static const char *broadcast_check(const Call &call) {
  const char *complaint = check_travelling(call);
  if (complaint != nullptr) return complaint;
  if (call.int_count != 2 || call.ints[1] < 0 || call.ints[1] >= call.ints[0])
    return "ints are the number of ranks and the root among them";
  for (int i = 0; i < call.out_count; i++) {
    if (call.in[i].dtype != call.out[i].dtype || elements(call.in[i]) != elements(call.out[i]))
      return "results have the types of their tensors";
  }
  return nullptr;
}

constexpr Kernel broadcast_kernel = {"broadcast",      3,       broadcast_chunks, broadcast_run,
                                     nullptr,          nullptr, nullptr,          broadcast_check,
                                     meets_after_first};

}  // namespace automodel::AM_ISA
