// What the collectives share. Operands of one call count as one row of elements (tensor-row.h).
// All of them take the group (kernels/group.h) as their last operand and the number of ranks as
// ints[0]; their workspace is the list of places that a rank shows to the others.
#pragma once

#include "../prelude.h"
#include "../group.h"
#include "../operand.h"
#include "../tensor-row.h"

namespace automodel::AM_ISA {

constexpr int64_t COLLECTIVE_CHUNK = 65536;  // elements

AM_INLINE int32_t operands_of(const Call &call) { return call.in_count - 1; }

// Where rank `rank` has tensor `index`: an operand, or a result counted on from the operands.
AM_INLINE char *data_of_rank(const Call &call, int64_t rank, int32_t index) {
  const Group &group = group_of(call);
  const int32_t operands = operands_of(call);
  if (rank == group.rank)
    return index < operands ? call.in[index].data : call.out[index - operands].data;
  char *heap = (char *)group.heaps[rank];
  const int64_t *places = (const int64_t *)(heap + group.heaps[rank]->posts[group.axis].places);
  return heap + places[index];
}
AM_INLINE char *result_of_rank(const Call &call, int64_t rank, int32_t k) {
  return data_of_rank(call, rank, operands_of(call) + k);
}

AM_INLINE void copy_elements(char *to, const char *from, DType dtype, int64_t first, int64_t end) {
  const int64_t size = bytes_of(dtype);
  if (to != from) memcpy(to + first * size, from + first * size, (size_t)((end - first) * size));
}

// A chunk of work on another rank's part of the row: chunks of one rank follow one another, those
// of the next rank come first, so that ranks do not all read the same one.
struct PeerChunk {
  int64_t rank;
  int64_t chunk;
};
AM_INLINE PeerChunk peer_chunk(const Call &call, int64_t chunk, int64_t chunks_a_rank) {
  const Group &group = group_of(call);
  return {(group.rank + 1 + chunk / chunks_a_rank) % group.ranks, chunk % chunks_a_rank};
}

// Of the chunks that `reader` does so, those of `owner`, counted from the first one of `owner`.
AM_INLINE ChunkRange chunks_of_owner(ChunkRange chunks, int64_t ranks, int64_t reader,
                                     int64_t owner, int64_t chunks_a_rank) {
  const int64_t start = (owner - reader - 1 + ranks) % ranks * chunks_a_rank;
  return {max64(chunks.first - start, 0), min64(chunks.end - start, chunks_a_rank)};
}

static int64_t places_bytes(const Call &call) {
  return 8 * ((int64_t)operands_of(call) + call.out_count);
}

// The complaint about the operands that all collectives have in common.
static const char *bucket_complaint(const Call &call) {
  if (call.int_count < 1 || call.ints[0] < 1) return "needs the number of ranks";
  if (call.in_count < 1 || operands_of(call) != call.out_count)
    return "takes one operand for each result, and the group";
  const Tensor &group = call.in[call.in_count - 1];
  if (group.rank != 1 || group.dtype != I64 || group.shape[0] < GROUP_WORDS + call.ints[0])
    return "the last operand must be the group of its ranks";
  for (int32_t k = 0; k < call.out_count; k++) {
    if (!present(call.in[k]) || !present(call.out[k]) || !is_dense(call.in[k]) ||
        !is_dense(call.out[k]))
      return "operands and results must have no gaps";
  }
  return nullptr;
}

}  // namespace automodel::AM_ISA
