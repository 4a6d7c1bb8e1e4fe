// broadcast: in tensors of any dtype, then the group. out: for each that of the rank `root`,
// usually in place of the operand. ints: ranks, root.
// The root copies its operands into its own results, from where the others copy them. So an operand
// may lie where no other rank can read.

#include "../prelude.h"
#include "bucket.h"

namespace automodel::AM_ISA {

static int64_t broadcast_chunks(const Call &call, int32_t phase) {
  return phase == 2 ? 0 : ceil_div(elements_of_all(call.out, call.out_count), COLLECTIVE_CHUNK);
}

static void broadcast_run(const Call &call, int32_t phase, int64_t chunk, char *) {
  const int64_t root = call.ints[1], first = chunk * COLLECTIVE_CHUNK;
  const bool is_root = group_of(call).rank == root;
  if (is_root != (phase == 0)) return;
  for_parts(call.out, call.out_count, first, first + COLLECTIVE_CHUNK,
            [&](int32_t k, int64_t from, int64_t to) {
              const Tensor &y = call.out[k];
              copy_elements(y.data, is_root ? call.in[k].data : result_of_rank(call, root, k),
                            y.dtype, from, to);
            });
}

static void broadcast_reads(const Call &call, int32_t phase, ChunkRange chunks, int64_t,
                            int64_t owner, const PartList &parts) {
  if (phase != 1 || owner != call.ints[1]) return;
  for_parts(call.out, call.out_count, chunks.first * COLLECTIVE_CHUNK,
            chunks.end * COLLECTIVE_CHUNK, [&](int32_t k, int64_t from, int64_t to) {
              parts.take(parts.list, operands_of(call) + k, from, to);
            });
}

static const char *broadcast_check(const Call &call) {
  const char *complaint = bucket_complaint(call);
  if (complaint != nullptr) return complaint;
  if (call.int_count < 2 || call.ints[1] < 0 || call.ints[1] >= call.ints[0])
    return "the root must be one of the ranks";
  for (int32_t k = 0; k < call.out_count; k++) {
    if (!same_shape(call.in[k], call.out[k]) || call.in[k].dtype != call.out[k].dtype)
      return "operand and result must have one shape and dtype";
  }
  return nullptr;
}

constexpr Kernel broadcast_kernel = {
    "broadcast",     3, broadcast_chunks, broadcast_run, places_bytes, nullptr, nullptr,
    broadcast_check, 6, broadcast_reads};

}  // namespace automodel::AM_ISA
