// Several strided or broadcast tensors seen over one shape, with dimensions merged where they
// follow one another, and the runs of equal stride inside it.
// Element numbers are row-major positions in that shape; a run never crosses the end of the
// innermost dimension.
#pragma once

#include "../prelude.h"
#include "../operand.h"

namespace automodel::AM_ISA {

constexpr int MAX_WALKED = 16;

struct Walk {
  int rank;  // at least 1
  int operands;
  int64_t count;
  int64_t shape[MAX_RANK];
  int64_t stride[MAX_WALKED][MAX_RANK];
};

// Stride of an operand along dimension d of `shape`: 0 where it broadcasts.
AM_INLINE int64_t broadcast_stride(const Tensor &t, int rank, int d) {
  const int own = d - (rank - t.rank);
  return own < 0 || t.shape[own] == 1 ? 0 : t.stride[own];
}

static Walk walk_of(const Tensor &shaped, const Tensor *const *tensors, int operands) {
  Walk w = {};
  w.operands = operands;
  w.count = elements(shaped);
  for (int d = 0; d < shaped.rank; d++) {
    if (shaped.shape[d] == 1) continue;
    bool merges = w.rank > 0;
    for (int k = 0; k < operands && merges; k++)
      merges = w.stride[k][w.rank - 1] ==
               broadcast_stride(*tensors[k], shaped.rank, d) * shaped.shape[d];
    if (!merges) w.rank++;
    const int at = w.rank - 1;
    w.shape[at] = merges ? w.shape[at] * shaped.shape[d] : shaped.shape[d];
    for (int k = 0; k < operands; k++)
      w.stride[k][at] = broadcast_stride(*tensors[k], shaped.rank, d);
  }
  if (w.rank == 0) {
    w.rank = 1;
    w.shape[0] = 1;
  }
  return w;
}

// Where an element is: its position in the innermost dimension and each operand's offset.
struct Place {
  int64_t index[MAX_RANK];
  int64_t offset[MAX_WALKED];
};

static Place place_of(const Walk &w, int64_t element) {
  Place p = {};
  if (w.count == 0) return p;
  for (int d = w.rank - 1; d >= 0; d--) {
    p.index[d] = d > 0 ? element % w.shape[d] : element;
    if (d > 0) element /= w.shape[d];
    for (int k = 0; k < w.operands; k++) p.offset[k] += p.index[d] * w.stride[k][d];
  }
  return p;
}

AM_INLINE int64_t run_length(const Walk &w, const Place &p, int64_t wanted) {
  return min64(wanted, w.shape[w.rank - 1] - p.index[w.rank - 1]);
}

// Moves on by n elements of one run.
static void advance(const Walk &w, Place &p, int64_t n) {
  int d = w.rank - 1;
  p.index[d] += n;
  for (int k = 0; k < w.operands; k++) p.offset[k] += n * w.stride[k][d];
  while (d > 0 && p.index[d] == w.shape[d]) {
    for (int k = 0; k < w.operands; k++)
      p.offset[k] += w.stride[k][d - 1] - w.shape[d] * w.stride[k][d];
    p.index[d--] = 0;
    p.index[d]++;
  }
}

AM_INLINE bool broadcasts_to(const Tensor &t, const Tensor &shaped) {
  if (t.rank > shaped.rank) return false;
  for (int d = 0; d < t.rank; d++) {
    if (t.shape[d] != 1 && t.shape[d] != shaped.shape[d + shaped.rank - t.rank]) return false;
  }
  return true;
}

}  // namespace automodel::AM_ISA
