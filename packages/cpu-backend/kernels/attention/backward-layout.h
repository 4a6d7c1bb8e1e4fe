// How attention_backward cuts its work, and what its scratch and workspace hold. Operands are those
// of attention-backward.cpp.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "../vector/vector.h"
#include "pack.h"
#include "segment.h"
#include "tile.h"

namespace automodel::AM_ISA {

// Places in the call.
struct AttentionBackwardIn {
  enum { GRADIENT, Q, K, V, OUT, LSE, SEGMENTS, SINKS };
};
struct AttentionBackwardOut {
  enum { DQ, DK, DV, DSINKS };
};

constexpr int64_t BACKWARD_ROWS = 96, BACKWARD_TOKENS = 32;

struct BackwardGrid {
  int64_t tokens, heads, groups, heads_in_group, width, ranges, block;
};

static BackwardGrid backward_grid(const Call &call) {
  BackwardGrid g = {};
  const Tensor &q = call.in[AttentionBackwardIn::Q], &k = call.in[AttentionBackwardIn::K];
  g.tokens = q.shape[0];
  g.heads = q.shape[1];
  g.groups = k.shape[1];
  g.heads_in_group = g.heads / max64(1, g.groups);
  g.width = q.shape[2];
  g.ranges = 1;
  while (g.ranges < 4 && (g.groups * g.ranges < 8 || g.groups * g.ranges % 2 != 0)) g.ranges++;
  g.ranges = max64(1, min64(g.ranges, ceil_div(k.shape[0], KEY_BLOCK)));
  g.block = max64(1, BACKWARD_ROWS / max64(1, g.heads_in_group));
  return g;
}

// Workspace: sums of do * o [T, H], then the copies of dq [range][group][T * heads_in_group][padded
// width].
AM_INLINE float *row_sums(const Call &call) { return (float *)call.workspace; }
AM_INLINE int64_t row_sums_count(const BackwardGrid &g) { return round_up(g.tokens * g.heads, 16); }
AM_INLINE float *query_copy(const Call &call, const BackwardGrid &g, int64_t range, int64_t group) {
  return row_sums(call) + row_sums_count(g) +
         (range * g.groups + group) * g.tokens * g.heads_in_group * padded_width(g.width);
}

// Rows of a block of queries as depth: what is beyond them is zero.
template <class E>
AM_INLINE int64_t padded_rows(int64_t rows) {
  return round_up(rows, E::TURNED ? E::PER * HEAD_STEP : E::PER);
}

template <class E>
struct BackwardScratch {
  typename E::Element *queries, *gradients;               // rows as depth
  typename E::Element *query_columns, *gradient_columns;  // rows as B; for f32 the same memory
  typename E::Element *keys, *values;                     // transposed
  typename E::Element *key_columns;                       // keys as B
  // weights and their adjoints: as A transposed (element (key, pair of rows) is at key *
  // `turned_row`
  // + pair where the rows are TURNED, and at pair * KEY_BLOCK + key otherwise), and as A
  typename E::Element *weights, *slopes, *slope_rows;
  typename E::Element *temporary;
  float *scores, *adjoints;  // [row, KEY_BLOCK]
  float *dk, *dv;            // [KEY_BLOCK, padded width]
  float *lse, *sums;         // of each row
};

template <class E>
static BackwardScratch<E> carve_backward(const BackwardGrid &g, Carver &c) {
  typedef typename E::Element Element;
  const int64_t rows = padded_rows<E>(g.block * g.heads_in_group), units = row_units<E>(g.width),
                width = padded_width(g.width);
  BackwardScratch<E> s;
  s.queries = carve<Element>(c, rows * units);
  s.gradients = carve<Element>(c, rows * units);
  s.query_columns = E::PER == 1 ? s.queries : carve<Element>(c, rows / E::PER * width);
  s.gradient_columns = E::PER == 1 ? s.gradients : carve<Element>(c, rows / E::PER * width);
  s.keys = carve<Element>(c, units * KEY_BLOCK);
  s.values = carve<Element>(c, units * KEY_BLOCK);
  s.key_columns = carve<Element>(c, KEY_BLOCK / E::PER * width);
  s.temporary = carve<Element>(c, LANES * units);
  s.scores = carve<float>(c, rows * KEY_BLOCK);
  s.adjoints = carve<float>(c, rows * KEY_BLOCK);
  s.weights = E::PER == 1 ? (Element *)s.scores : carve<Element>(c, rows / E::PER * KEY_BLOCK);
  s.slopes = E::PER == 1 ? (Element *)s.adjoints : carve<Element>(c, rows / E::PER * KEY_BLOCK);
  s.slope_rows = E::PER == 1 ? (Element *)s.adjoints : carve<Element>(c, rows * KEY_BLOCK / E::PER);
  s.dk = carve<float>(c, KEY_BLOCK * width);
  s.dv = carve<float>(c, KEY_BLOCK * width);
  s.lse = carve<float>(c, rows);
  s.sums = carve<float>(c, rows);
  return s;
}

// One block of keys of a segment and a block of its queries.
struct BackwardBlock {
  Segment segment;
  int64_t group, key, keys, query, queries;
  float *dq;  // the row of the block's first query
};

}  // namespace automodel::AM_ISA
