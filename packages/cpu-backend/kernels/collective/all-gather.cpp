// all_gather: in tensors [R,...] of any dtype, then the group. out: [ranks * R,...] for each, the
// pieces of all ranks one after the other; a float may have another float dtype there. ints: ranks.
// A rank converts its own piece into its own result; the others copy it from there. So an operand
// may lie where no other rank can read.

#include "../prelude.h"
#include "../elementwise/convert.h"
#include "../elementwise/elementwise.h"
#include "bucket.h"

namespace automodel::AM_ISA {

template <class T>
static void convert_elements(const Tensor &x, int64_t first, int64_t end, char *to, DType dtype) {
  alignas(64) T block[BLOCK];
  for (int64_t at = first; at < end; at += BLOCK) {
    const int64_t n = min64(BLOCK, end - at);
    read_run(block, x.data + at * bytes_of(x.dtype), x.dtype, 1, n);
    write_run(to + at * bytes_of(dtype), block, dtype, 1, n);
  }
}

static void gather_own(const Call &call, int64_t first, int64_t end) {
  const int64_t rank = group_of(call).rank;
  for_parts(call.in, operands_of(call), first, end, [&](int32_t k, int64_t from, int64_t to) {
    const Tensor &x = call.in[k];
    const DType dtype = call.out[k].dtype;
    char *piece = call.out[k].data + rank * elements(x) * bytes_of(dtype);
    if (x.dtype == dtype)
      copy_elements(piece, x.data, dtype, from, to);
    else if (x.dtype == F64)
      convert_elements<double>(x, from, to, piece, dtype);
    else
      convert_elements<float>(x, from, to, piece, dtype);
  });
}

static void gather_peer(const Call &call, int64_t rank, int64_t first, int64_t end) {
  for_parts(call.in, operands_of(call), first, end, [&](int32_t k, int64_t from, int64_t to) {
    const int64_t start = rank * elements(call.in[k]);
    copy_elements(call.out[k].data, result_of_rank(call, rank, k), call.out[k].dtype, start + from,
                  start + to);
  });
}

static int64_t all_gather_chunks(const Call &call, int32_t phase) {
  const int64_t own = ceil_div(elements_of_all(call.in, operands_of(call)), COLLECTIVE_CHUNK);
  return phase == 0 ? own : phase == 1 ? own * (call.ints[0] - 1) : 0;
}

static void all_gather_run(const Call &call, int32_t phase, int64_t chunk, char *) {
  const int64_t total = elements_of_all(call.in, operands_of(call));
  PeerChunk peer = {0, chunk};
  if (phase == 1) peer = peer_chunk(call, chunk, ceil_div(total, COLLECTIVE_CHUNK));
  const int64_t first = peer.chunk * COLLECTIVE_CHUNK, end = min64(total, first + COLLECTIVE_CHUNK);
  if (phase == 0)
    gather_own(call, first, end);
  else
    gather_peer(call, peer.rank, first, end);
}

static void all_gather_reads(const Call &call, int32_t phase, ChunkRange chunks, int64_t reader,
                             int64_t owner, const PartList &parts) {
  if (phase != 1) return;
  const int32_t operands = operands_of(call);
  const int64_t total = elements_of_all(call.in, operands);
  const ChunkRange of =
      chunks_of_owner(chunks, call.ints[0], reader, owner, ceil_div(total, COLLECTIVE_CHUNK));
  for_parts(call.in, operands, of.first * COLLECTIVE_CHUNK, of.end * COLLECTIVE_CHUNK,
            [&](int32_t k, int64_t from, int64_t to) {
              const int64_t start = owner * elements(call.in[k]);
              parts.take(parts.list, operands + k, start + from, start + to);
            });
}

static const char *all_gather_check(const Call &call) {
  const char *complaint = bucket_complaint(call);
  if (complaint != nullptr) return complaint;
  const auto is_any_float = [](DType dtype) { return is_float(dtype) || dtype == F64; };
  for (int32_t k = 0; k < call.out_count; k++) {
    const Tensor &x = call.in[k], &y = call.out[k];
    if (elements(y) != elements(x) * call.ints[0])
      return "a result must hold the pieces of all ranks";
    if (x.dtype != y.dtype && !(is_any_float(x.dtype) && is_any_float(y.dtype)))
      return "only floats may get another dtype, one of a float";
  }
  return nullptr;
}

constexpr Kernel all_gather_kernel = {
    "all_gather",     3, all_gather_chunks, all_gather_run, places_bytes, nullptr, nullptr,
    all_gather_check, 6, all_gather_reads};

}  // namespace automodel::AM_ISA
