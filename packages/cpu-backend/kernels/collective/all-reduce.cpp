// all_reduce: in tensors of floats, then the group. out: for each the sum over all ranks, usually
// in place of the operand. ints: ranks.
// Each rank adds up one slice of the row, and puts it into the results of all ranks block by block,
// while it is in the cache: what others have written last is fetched once, and nobody waits between
// the sums and the copies. In place this is safe, because only one rank reads or writes a slice.
// Where ranks share no memory, a third phase copies the slices of the others.

#include "../prelude.h"
#include "bucket.h"
#include "sum-ranks.h"

namespace automodel::AM_ISA {

constexpr int32_t ADD = 0, TAKE = 2;  // phases; the one between is the meeting at the end

// Elements of a slice, a whole number of cache lines; the last slices may be shorter or empty.
AM_INLINE int64_t all_reduce_slice(const Call &call) {
  return round_up(ceil_div(elements_of_all(call.out, call.out_count), call.ints[0]), 64);
}

static int64_t all_reduce_chunks(const Call &call, int32_t phase) {
  const int64_t chunks = ceil_div(all_reduce_slice(call), COLLECTIVE_CHUNK);
  return phase == ADD ? chunks : phase == TAKE ? chunks * (call.ints[0] - 1) : 0;
}

// Elements [from, to) of result k, in the results of all ranks where these can be written.
static void add_and_give(const Call &call, int32_t k, int64_t from, int64_t to) {
  const Group &group = group_of(call);
  const Tensor &y = call.out[k];
  for (int64_t at = from; at < to; at += SUM_BLOCK) {
    const int64_t end = min64(at + SUM_BLOCK, to);
    sum_over_ranks(call, k, at, end, y.data + at * bytes_of(y.dtype));
    for (int64_t i = 1; i < group.ranks && group.messages == nullptr; i++)
      copy_elements(result_of_rank(call, (group.rank + i) % group.ranks, k), y.data, y.dtype, at,
                    end);
  }
}

static void all_reduce_run(const Call &call, int32_t phase, int64_t chunk, char *) {
  const int64_t slice = all_reduce_slice(call);
  PeerChunk own = {group_of(call).rank, chunk};
  if (phase == TAKE) own = peer_chunk(call, chunk, ceil_div(slice, COLLECTIVE_CHUNK));
  const int64_t start = own.rank * slice, first = start + own.chunk * COLLECTIVE_CHUNK,
                end = min64(first + COLLECTIVE_CHUNK, start + slice);
  for_parts(call.out, call.out_count, first, end, [&](int32_t k, int64_t from, int64_t to) {
    const Tensor &y = call.out[k];
    if (phase == ADD)
      add_and_give(call, k, from, to);
    else
      copy_elements(y.data, result_of_rank(call, own.rank, k), y.dtype, from, to);
  });
}

static void all_reduce_reads(const Call &call, int32_t phase, ChunkRange chunks, int64_t reader,
                             int64_t owner, const PartList &parts) {
  const int64_t slice = all_reduce_slice(call), start = (phase == ADD ? reader : owner) * slice;
  if (phase == TAKE)
    chunks =
        chunks_of_owner(chunks, call.ints[0], reader, owner, ceil_div(slice, COLLECTIVE_CHUNK));
  const int32_t tensors = phase == ADD ? 0 : operands_of(call);
  for_parts(
      call.out, call.out_count, start + chunks.first * COLLECTIVE_CHUNK,
      start + min64(chunks.end * COLLECTIVE_CHUNK, slice),
      [&](int32_t k, int64_t from, int64_t to) { parts.take(parts.list, tensors + k, from, to); });
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

constexpr Kernel all_reduce_kernel = {"all_reduce",
                                      2,
                                      all_reduce_chunks,
                                      all_reduce_run,
                                      places_bytes,
                                      nullptr,
                                      nullptr,
                                      all_reduce_check,
                                      7,
                                      all_reduce_reads,
                                      3};

}  // namespace automodel::AM_ISA
