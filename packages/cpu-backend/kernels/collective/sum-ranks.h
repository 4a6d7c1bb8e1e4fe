// Sums over ranks: one rank after the other, from the first on, each addition rounded to f32 (f64
// for f64), so that all ranks and all engines get the same bits.
#pragma once

#include "../prelude.h"
#include "../vector/vector.h"
#include "bucket.h"

namespace automodel::AM_ISA {

constexpr int64_t SUM_BLOCK = 1024;

AM_INLINE void sum_block(const Call &call, int32_t k, int64_t at, int64_t n, char *to) {
  const DType dtype = call.in[k].dtype;
  const int64_t size = bytes_of(dtype), ranks = group_of(call).ranks;
  alignas(64) float sum[SUM_BLOCK];
  for (int64_t rank = 0; rank < ranks; rank++) {
    const char *from = data_of_rank(call, rank, k) + at * size;
    for (int64_t i = 0; i < n; i += LANES) {
      const Vec next = load_lanes(from, dtype, i, (int)min64(LANES, n - i));
      store(sum + i, rank == 0 ? next : add(load(sum + i), next));
    }
  }
  for (int64_t i = 0; i < n; i += LANES)
    store_lanes(to, dtype, i, load(sum + i), (int)min64(LANES, n - i));
}

AM_INLINE void sum_doubles(const Call &call, int32_t k, int64_t at, int64_t n, char *to) {
  const int64_t ranks = group_of(call).ranks;
  alignas(64) double sum[SUM_BLOCK], next[SUM_BLOCK];
  for (int64_t rank = 0; rank < ranks; rank++) {
    memcpy(rank == 0 ? sum : next, data_of_rank(call, rank, k) + at * 8, (size_t)n * 8);
    for (int64_t i = 0; rank > 0 && i < n; i++) sum[i] += next[i];
  }
  memcpy(to, sum, (size_t)n * 8);
}

// Adds up elements [from, to) of operand k over all ranks; the sums go to `target`.
static void sum_over_ranks(const Call &call, int32_t k, int64_t from, int64_t to, char *target) {
  const DType dtype = call.in[k].dtype;
  for (int64_t at = from; at < to; at += SUM_BLOCK) {
    const int64_t n = min64(SUM_BLOCK, to - at);
    char *place = target + (at - from) * bytes_of(dtype);
    if (dtype == F64)
      sum_doubles(call, k, at, n, place);
    else
      sum_block(call, k, at, n, place);
  }
}

AM_INLINE bool can_be_added(DType dtype) { return is_float(dtype) || dtype == F64; }

}  // namespace automodel::AM_ISA
