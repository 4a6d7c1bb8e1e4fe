// Sums over ranks: one rank after the other, from the first on, each addition rounded to f32 (f64
// for f64), so that all ranks and all engines get the same bits.
#pragma once

#include "../prelude.h"
#include "../vector/vector.h"
#include "bucket.h"

namespace automodel::AM_ISA {

constexpr int64_t SUM_BLOCK = 1024;

// n sums of two runs of elements.
template <class A, class B, class Sum>
AM_INLINE void add_runs(const A *a, const B *b, Sum *sum, int64_t n) {
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) store(sum + i, add(load(a + i), load(b + i)));
  const int rest = (int)(n - i);
  if (rest > 0) store(sum + i, add(load(a + i, rest), load(b + i, rest)), rest);
}

template <class T>
static void sum_block(const Call &call, int32_t k, int64_t at, int64_t n, char *to) {
  const int64_t last = group_of(call).ranks - 1;
  const auto of_rank = [&](int64_t rank) { return (const T *)data_of_rank(call, rank, k) + at; };
  const T *first = of_rank(0);
  T *target = (T *)to;
  alignas(64) float sum[SUM_BLOCK];
  if (last == 0)
    memmove(to, first, (size_t)n * sizeof(T));
  else if (last == 1)
    add_runs(first, of_rank(1), target, n);
  else
    add_runs(first, of_rank(1), sum, n);
  for (int64_t rank = 2; rank < last; rank++) add_runs(sum, of_rank(rank), sum, n);
  if (last > 1) add_runs(sum, of_rank(last), target, n);
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
    else if (dtype == BF16)
      sum_block<bf16>(call, k, at, n, place);
    else if (dtype == F16)
      sum_block<f16>(call, k, at, n, place);
    else
      sum_block<float>(call, k, at, n, place);
  }
}

AM_INLINE bool can_be_added(DType dtype) { return is_float(dtype) || dtype == F64; }

}  // namespace automodel::AM_ISA
