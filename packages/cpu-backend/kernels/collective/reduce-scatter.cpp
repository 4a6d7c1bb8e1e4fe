// reduce_scatter: in tensors [ranks * R,...] of floats, then the group. out: [R,...] for each: this
// rank's rows of the sums over all ranks. ints: ranks.

#include "../prelude.h"
#include "bucket.h"
#include "sum-ranks.h"

namespace automodel::AM_ISA {

static int64_t reduce_scatter_chunks(const Call &call, int32_t phase) {
  return phase > 0 ? 0 : ceil_div(elements_of_all(call.out, call.out_count), COLLECTIVE_CHUNK);
}

static void reduce_scatter_run(const Call &call, int32_t, int64_t chunk, char *) {
  const int64_t first = chunk * COLLECTIVE_CHUNK, rank = group_of(call).rank;
  for_parts(call.out, call.out_count, first, first + COLLECTIVE_CHUNK,
            [&](int32_t k, int64_t from, int64_t to) {
              const Tensor &y = call.out[k];
              const int64_t start = rank * elements(y);
              sum_over_ranks(call, k, start + from, start + to, y.data + from * bytes_of(y.dtype));
            });
}

static void reduce_scatter_reads(const Call &call, int32_t phase, ChunkRange chunks, int64_t reader,
                                 int64_t, const PartList &parts) {
  if (phase > 0) return;
  for_parts(call.out, call.out_count, chunks.first * COLLECTIVE_CHUNK,
            chunks.end * COLLECTIVE_CHUNK, [&](int32_t k, int64_t from, int64_t to) {
              const int64_t start = reader * elements(call.out[k]);
              parts.take(parts.list, k, start + from, start + to);
            });
}

static const char *reduce_scatter_check(const Call &call) {
  const char *complaint = bucket_complaint(call);
  if (complaint != nullptr) return complaint;
  for (int32_t k = 0; k < call.out_count; k++) {
    const Tensor &x = call.in[k], &y = call.out[k];
    if (elements(x) != elements(y) * call.ints[0])
      return "an operand must hold the rows of all ranks";
    if (x.dtype != y.dtype || !can_be_added(x.dtype))
      return "operand and result must be floats of one dtype";
  }
  return nullptr;
}

constexpr Kernel reduce_scatter_kernel = {"reduce_scatter",
                                          2,
                                          reduce_scatter_chunks,
                                          reduce_scatter_run,
                                          places_bytes,
                                          nullptr,
                                          nullptr,
                                          reduce_scatter_check,
                                          3,
                                          reduce_scatter_reads};

}  // namespace automodel::AM_ISA
