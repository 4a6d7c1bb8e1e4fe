// A tensor seen as kept dimensions, one result each, times reduced dimensions. Results are numbered
// row-major over the kept dimensions, elements of a line row-major over the reduced ones.
#pragma once

#include "../prelude.h"
#include "../elementwise/convert.h"
#include "../elementwise/elementwise.h"
#include "../elementwise/walk.h"
#include "../operand.h"

namespace automodel::AM_ISA {

struct Reduction {
  Walk kept;     // x only: one step for each result
  Walk reduced;  // x only: one step for each element of the line
};

// A view of the dimensions of x that are reduced, or of those that are kept. No dimension at all
// means one element.
static Tensor some_dimensions(const Tensor &x, uint32_t reduced, bool wanted) {
  Tensor t = x;
  t.rank = 0;
  for (int d = 0; d < x.rank; d++) {
    if (((reduced >> d & 1) != 0) != wanted) continue;
    t.shape[t.rank] = x.shape[d];
    t.stride[t.rank++] = x.stride[d];
  }
  return t;
}

static Walk walk_one(const Tensor &t) {
  const Tensor *tensors[] = {&t};
  return walk_of(t, tensors, 1);
}

static Reduction reduction_of(const Tensor &x, uint32_t reduced) {
  return {walk_one(some_dimensions(x, reduced, false)),
          walk_one(some_dimensions(x, reduced, true))};
}

// The dimensions listed from ints[first] on; none listed means all.
static uint32_t listed_dimensions(const Call &call, int first) {
  if (call.int_count <= first) return (1u << call.in[0].rank) - 1;
  uint32_t set = 0;
  for (int i = first; i < call.int_count; i++)
    set |= 1u << (call.ints[i] < 0 ? call.ints[i] + call.in[0].rank : call.ints[i]);
  return set;
}

static bool dimensions_fit(const Call &call, int first) {
  for (int i = first; i < call.int_count; i++) {
    if (call.ints[i] < -call.in[0].rank || call.ints[i] >= call.in[0].rank) return false;
  }
  return true;
}

// Reads elements [from, to) of a line that starts at `start` (an element offset of x) in pieces of
// at most BLOCK, and hands each piece, its length and its number to `use`.
template <class T, class Use>
AM_INLINE void for_line(const Tensor &x, const Walk &line, int64_t start, int64_t from, int64_t to,
                        Use use) {
  T block[BLOCK];
  Place place = place_of(line, from);
  for (int64_t at = from; at < to;) {
    const int64_t n = run_length(line, place, min64(BLOCK, to - at));
    read_run(block, x.data + (start + place.offset[0]) * bytes_of(x.dtype), x.dtype,
             line.stride[0][line.rank - 1], n);
    use(block, n, at);
    advance(line, place, n);
    at += n;
  }
}

// Offset in x of the line of a result.
AM_INLINE int64_t line_start(const Reduction &r, int64_t result) {
  return place_of(r.kept, result).offset[0];
}

}  // namespace automodel::AM_ISA
