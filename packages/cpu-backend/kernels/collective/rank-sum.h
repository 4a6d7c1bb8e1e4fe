// Sums over ranks: one rank after the other, from the first on, each addition rounded, so that
// every engine gives the same bits. Floats are added in f32, f64 in f64.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "../vector/vector.h"
#include "group.h"

namespace automodel::AM_ISA {

static void add_doubles(const Group &group, const char *x, char *y, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    double sum = read_as<double>(at_peer(group, 0, x) + i * 8);
    for (int64_t r = 1; r < group.ranks; r++) sum += read_as<double>(at_peer(group, r, x) + i * 8);
    memcpy(y + i * 8, &sum, 8);
  }
}

static void add_floats(const Group &group, const char *x, char *y, DType dtype, int64_t count) {
  for (int64_t i = 0; i < count; i += LANES) {
    const int n = (int)min64(LANES, count - i);
    Vec sum = load_lanes(at_peer(group, 0, x), dtype, i, n);
    for (int64_t r = 1; r < group.ranks; r++)
      sum = add(sum, load_lanes(at_peer(group, r, x), dtype, i, n));
    store_lanes(y, dtype, i, sum, n);
  }
}

// y[i] = the sum over all ranks of what they have at x[i]; y may be x.
static void add_ranks(const Group &group, const char *x, char *y, DType dtype, int64_t count) {
  if (dtype == F64)
    add_doubles(group, x, y, count);
  else
    add_floats(group, x, y, dtype, count);
}

static const char *check_sum(const Call &call, int64_t pieces) {
  const char *complaint = check_travelling(call);
  if (complaint != nullptr) return complaint;
  for (int i = 0; i < call.out_count; i++) {
    const Tensor &x = call.in[i], &y = call.out[i];
    if (x.dtype != y.dtype || !(is_float(x.dtype) || x.dtype == F64))
      return "floats are added, and results have their dtype";
    if (elements(x) != pieces * elements(y)) return "results do not have the size of their tensors";
  }
  return nullptr;
}

}  // namespace automodel::AM_ISA
