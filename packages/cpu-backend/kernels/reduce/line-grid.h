// Whole lines of a tensor as chunks, for results that need a line in order.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "lines.h"

namespace automodel::AM_ISA {

constexpr int64_t LINES_CHUNK = 32768;

// Lines of one call and how many of them make a chunk.
struct LineGrid {
  Reduction r;
  int64_t lines, length, lines_a_chunk;
};
static LineGrid line_grid(const Tensor &x, uint32_t reduced) {
  LineGrid g = {reduction_of(x, reduced), 0, 0, 0};
  g.lines = g.r.kept.count;
  g.length = g.r.reduced.count;
  g.lines_a_chunk = max64(1, LINES_CHUNK / max64(1, g.length));
  return g;
}
static int64_t line_chunks(const Call &call, int32_t) {
  const LineGrid g = line_grid(call.in[0], listed_dimensions(call, 0));
  return ceil_div(g.lines, g.lines_a_chunk);
}
static const char *along_dimension_check(const Call &call) {
  if (call.in_count != 1 || call.out_count != 1 || call.int_count != 1 ||
      (call.in[0].rank > 0 && !dimensions_fit(call, 0)))
    return "takes x and gives y; ints are the dimension";
  return same_shape(call.in[0], call.out[0]) ? nullptr : "y must have the shape of x";
}

}  // namespace automodel::AM_ISA
