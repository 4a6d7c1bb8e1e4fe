// all_reduce: in tensors of floats, then the group. out: for each the sum over all ranks, usually
// in place of the operand. ints: ranks.
// Each rank adds up one slice of the row, then copies the slices of the others. In place this is
// safe: of an operand of another rank, a rank reads only the slice that it adds up itself.

#include "../prelude.h"
#include "bucket.h"
#include "sum-ranks.h"

namespace automodel::AM_ISA {

// Elements of a slice, a whole number of cache lines; the last slices may be shorter or empty.
AM_INLINE int64_t all_reduce_slice(const Call &call) {
  return round_up(ceil_div(elements_of_all(call.out, call.out_count), call.ints[0]), 64);
}

static int64_t all_reduce_chunks(const Call &call, int32_t phase) {
  const int64_t chunks = ceil_div(all_reduce_slice(call), COLLECTIVE_CHUNK);
  return phase == 0 ? chunks : phase == 1 ? chunks * (call.ints[0] - 1) : 0;
}

static void all_reduce_run(const Call &call, int32_t phase, int64_t chunk, char *) {
  const int64_t slice = all_reduce_slice(call);
  PeerChunk own = {group_of(call).rank, chunk};
  if (phase == 1) own = peer_chunk(call, chunk, ceil_div(slice, COLLECTIVE_CHUNK));
  const int64_t start = own.rank * slice, first = start + own.chunk * COLLECTIVE_CHUNK,
                end = min64(first + COLLECTIVE_CHUNK, start + slice);
  for_parts(call.out, call.out_count, first, end, [&](int32_t k, int64_t from, int64_t to) {
    const Tensor &y = call.out[k];
    if (phase == 0)
      sum_over_ranks(call, k, from, to, y.data + from * bytes_of(y.dtype));
    else
      copy_elements(y.data, result_of_rank(call, own.rank, k), y.dtype, from, to);
  });
}

static void all_reduce_reads(const Call &call, int32_t phase, int64_t reader, int64_t owner,
                             const PartList &parts) {
  if (phase > 1) return;
  const int64_t slice = all_reduce_slice(call), first = (phase == 0 ? reader : owner) * slice;
  const int32_t start = phase == 0 ? 0 : operands_of(call);
  for_parts(
      call.out, call.out_count, first, first + slice,
      [&](int32_t k, int64_t from, int64_t to) { parts.take(parts.list, start + k, from, to); });
}

static const char *all_reduce_check(const Call &call) {
  const char *complaint = bucket_complaint(call);
  if (complaint != nullptr) return complaint;
  for (int32_t k = 0; k < call.out_count; k++) {
    const Tensor &x = call.in[k], &y = call.out[k];
    if (!same_shape(x, y) || x.dtype != y.dtype || !can_be_added(x.dtype))
      return "operand and result must be floats of one shape and dtype";
  }
  return nullptr;
}

constexpr Kernel all_reduce_kernel = {
    "all_reduce",     3, all_reduce_chunks, all_reduce_run, places_bytes, nullptr, nullptr,
    all_reduce_check, 7, all_reduce_reads};

}  // namespace automodel::AM_ISA
