// attention_backward: adjoints of attention from its saved output and logsumexp; weights are
// computed again, never stored (flash attention's backward, Dao 2023).
// in: do[T,H,D], q[T,H,D], k[Tk,Hk,D], v[Tk,Hk,D], o[T,H,D], lse f32[H,T], segments i32[S,4],
// sinks[H]?. out: dq, dk, dv (shapes of q, k, v; any strides but a dense last dimension),
// dsinks[H]? (may be empty).
// floats: [scale, softcap]. ints: [window, causal]. Key ranges of segments must not overlap. Rows
// and keys in no segment get zeros.
// Phase 0: rows' sums of do * o; dk and dv are cleared. Phase 1: a chunk is one key/value head and
// every n-th block of keys; it owns those rows of dk and dv and adds to its own f32 copy of dq.
// Phase 2: the n copies of dq are added in order. n comes from the number of heads.

#include "../prelude.h"
#include "../elementwise/convert.h"
#include "../norm/rows.h"
#include "../operand.h"
#include "../vector/math.h"
#include "../vector/vector.h"
#include "backward-layout.h"
#include "pack.h"
#include "segment.h"
#include "tile.h"

namespace automodel::AM_ISA {

// Weights and adjoints of the scores of one row, in place; zeros outside what it sees and outside
// [from, to).
AM_INLINE void differentiate_row(float *scores, float *adjoints, int64_t from, int64_t to,
                                 int64_t row_from, int64_t row_to, float lse, float row_sum,
                                 const AttentionOptions &o) {
  for (int64_t c = 0; c < KEY_BLOCK; c += LANES) {
    if (c < from || c >= to) {
      store(scores + c, zero());
      store(adjoints + c, zero());
      continue;
    }
    Vec s = load(scores + c) * splat(o.scale), slope = splat(o.scale);
    if (o.softcap > 0.0f) {
      const Vec t = tanh(s / splat(o.softcap));
      s = splat(o.softcap) * t;
      slope = slope * fnma(t, t, splat(1.0f));
    }
    Vec weight = exp(s - splat(lse)),
        adjoint = weight * (load(adjoints + c) - splat(row_sum)) * slope;
    if (c < row_from || c + LANES > row_to) {
      const Mask seen = lanes_between(row_from - c, row_to - c);
      weight = select(seen, weight, zero());
      adjoint = select(seen, adjoint, zero());
    }
    store(scores + c, weight);
    store(adjoints + c, adjoint);
  }
}

template <class E>
static void load_queries(const Call &call, const BackwardGrid &g, const BackwardScratch<E> &s,
                         const BackwardBlock &b) {
  const Tensor &gradient = call.in[AttentionBackwardIn::GRADIENT],
               &q = call.in[AttentionBackwardIn::Q], &lse = call.in[AttentionBackwardIn::LSE];
  const int64_t rows = b.queries * g.heads_in_group, units = row_units<E>(g.width),
                width = padded_width(g.width);
  for (int64_t row = 0; row < rows; row++) {
    const int64_t head = b.group * g.heads_in_group + row % g.heads_in_group,
                  token = b.segment.query + b.query + row / g.heads_in_group;
    pack_row(E(), s.queries + row * units, row_of(head_of(q, head), token), q.dtype, g.width);
    pack_row(E(), s.gradients + row * units, row_of(head_of(gradient, head), token), gradient.dtype,
             g.width);
    s.lse[row] = load_one((const float *)lse.data + head * lse.stride[0] + token * lse.stride[1]);
    s.sums[row] = row_sums(call)[token * g.heads + head];
  }
  if (E::PER == 1) return;
  const int64_t padded = padded_rows<E>(rows);
  memset(s.queries + rows * units, 0, (size_t)((padded - rows) * units) * 4);
  memset(s.gradients + rows * units, 0, (size_t)((padded - rows) * units) * 4);
  for (int64_t row = 0; row < padded; row += 2) {
    join_rows(E(), s.query_columns + row / 2 * width, s.queries + row * units, units, width);
    join_rows(E(), s.gradient_columns + row / 2 * width, s.gradients + row * units, units, width);
  }
}

// Scores, weights and adjoints of the block, and what it adds to dq.
template <class E>
static void backward_rows(const BackwardGrid &g, const BackwardScratch<E> &s,
                          const BackwardBlock &b, const AttentionOptions &o) {
  const int64_t rows = b.queries * g.heads_in_group, units = row_units<E>(g.width),
                width = padded_width(g.width);
  constexpr int64_t STEP = HEAD_STEP * E::PER;
  for (int64_t row = 0; row < rows; row += E::ROWS) {
    const int64_t count = min64(E::ROWS, rows - row);
    const KeyRange first = visible_keys(b.segment, b.query + row / g.heads_in_group, o),
                   last =
                       visible_keys(b.segment, b.query + (row + count - 1) / g.heads_in_group, o);
    const int64_t from = min64(KEY_BLOCK, max64(0, first.from - b.key)) / STEP * STEP,
                  to = round_up(max64(0, min64(b.keys, last.to - b.key)), STEP);
    float *scores = s.scores + row * KEY_BLOCK, *adjoints = s.adjoints + row * KEY_BLOCK;
    if (from < to) {
      multiply(SmallProduct<E>{s.queries + row * units, units, 1, s.keys + from, KEY_BLOCK,
                               scores + from, KEY_BLOCK, units, false},
               count, to - from);
      multiply(SmallProduct<E>{s.gradients + row * units, units, 1, s.values + from, KEY_BLOCK,
                               adjoints + from, KEY_BLOCK, units, false},
               count, to - from);
    }
    for (int64_t r = 0; r < count; r++) {
      const KeyRange seen = visible_keys(b.segment, b.query + (row + r) / g.heads_in_group, o);
      differentiate_row(scores + r * KEY_BLOCK, adjoints + r * KEY_BLOCK, from, to,
                        seen.from - b.key, min64(b.keys, seen.to - b.key), s.lse[row + r],
                        s.sums[row + r], o);
      if (E::PER > 1)
        pack_values(E(), s.slope_rows + (row + r) * KEY_BLOCK / E::PER, adjoints + r * KEY_BLOCK,
                    KEY_BLOCK);
    }
    if (from >= to) continue;
    multiply(SmallProduct<E>{s.slope_rows + (row * KEY_BLOCK + from) / E::PER, KEY_BLOCK / E::PER,
                             1, s.key_columns + from / E::PER * width, width, b.dq + row * width,
                             width, (to - from) / E::PER, true},
             count, width);
  }
  if (E::PER == 1) return;
  const int64_t padded = padded_rows<E>(rows);
  memset(s.scores + rows * KEY_BLOCK, 0, (size_t)((padded - rows) * KEY_BLOCK) * 4);
  memset(s.adjoints + rows * KEY_BLOCK, 0, (size_t)((padded - rows) * KEY_BLOCK) * 4);
  pack_turned(E(), s.weights, s.scores, padded);
  pack_turned(E(), s.slopes, s.adjoints, padded);
}

// What the block adds to dk and dv. Rows before the first one that sees a tile's keys are left out.
template <class E>
static void backward_keys(const BackwardGrid &g, const BackwardScratch<E> &s,
                          const BackwardBlock &b, const AttentionOptions &o) {
  const int64_t rows = b.queries * g.heads_in_group, width = padded_width(g.width),
                offset = b.segment.keys - b.segment.queries, units = padded_rows<E>(rows) / E::PER;
  const int64_t step = E::TURNED ? HEAD_STEP : 1, key_stride = E::TURNED ? units : 1,
                depth_stride = E::TURNED ? 1 : KEY_BLOCK;
  for (int64_t key = 0; key < b.keys; key += E::ROWS) {
    const int64_t first_query = o.causal ? max64(0, b.key + key - offset - b.query) : 0;
    const int64_t first = min64(rows, first_query * g.heads_in_group) / E::PER / step * step,
                  depth = units - first, count = min64(E::ROWS, b.keys - key);
    if (depth <= 0) continue;
    const int64_t at = key * key_stride + first * depth_stride;
    multiply(SmallProduct<E>{s.weights + at, key_stride, depth_stride,
                             s.gradient_columns + first * width, width, s.dv + key * width, width,
                             depth, true},
             count, width);
    multiply(
        SmallProduct<E>{s.slopes + at, key_stride, depth_stride, s.query_columns + first * width,
                        width, s.dk + key * width, width, depth, true},
        count, width);
  }
}

static void store_head_rows(const Tensor &t, int64_t head, int64_t first, int64_t rows,
                            const float *from, int64_t width, int64_t from_stride) {
  for (int64_t r = 0; r < rows; r++) {
    char *to = t.data + ((first + r) * t.stride[0] + head * t.stride[1]) * bytes_of(t.dtype);
    for (int64_t i = 0; i < width; i += LANES) {
      const int lanes = (int)min64(LANES, width - i);
      store_lanes(to, t.dtype, i, load(from + r * from_stride + i, lanes), lanes);
    }
  }
}

// One block of keys of one segment with all queries that see it.
template <class E>
static void backward_block(const Call &call, const BackwardGrid &g, const BackwardScratch<E> &s,
                           BackwardBlock b, float *dq) {
  const AttentionOptions o = attention_options(call);
  const int64_t width = padded_width(g.width), offset = b.segment.keys - b.segment.queries,
                row = b.segment.key + b.key;
  const Head keys = head_of(call.in[AttentionBackwardIn::K], b.group),
             values = head_of(call.in[AttentionBackwardIn::V], b.group);
  pack_transposed<E>(s.keys, keys, row, b.keys, g.width, KEY_BLOCK, s.temporary);
  pack_transposed<E>(s.values, values, row, b.keys, g.width, KEY_BLOCK, s.temporary);
  memset(s.key_columns, 0, (size_t)(KEY_BLOCK / E::PER * width) * 4);
  pack_depth(E(), s.key_columns, keys, row, b.keys, g.width);
  memset(s.dk, 0, (size_t)(KEY_BLOCK * width) * 4);
  memset(s.dv, 0, (size_t)(KEY_BLOCK * width) * 4);
  const int64_t from = o.causal ? max64(0, b.key - offset) : 0;
  const int64_t to = o.window > 0 ? min64(b.segment.queries, b.key + b.keys - 1 + o.window - offset)
                                  : b.segment.queries;
  for (b.query = from; b.query < to; b.query += g.block) {
    b.queries = min64(g.block, to - b.query);
    b.dq = dq + (b.segment.query + b.query) * g.heads_in_group * width;
    load_queries<E>(call, g, s, b);
    backward_rows<E>(g, s, b, o);
    backward_keys<E>(g, s, b, o);
  }
  store_head_rows(call.out[AttentionBackwardOut::DK], b.group, row, b.keys, s.dk, g.width, width);
  store_head_rows(call.out[AttentionBackwardOut::DV], b.group, row, b.keys, s.dv, g.width, width);
}

template <class E>
static void backward_range(const Call &call, const BackwardGrid &g, int64_t group, int64_t range,
                           char *scratch) {
  Carver carver = {scratch, 0};
  const BackwardScratch<E> s = carve_backward<E>(g, carver);
  float *dq = query_copy(call, g, range, group);
  memset(dq, 0, (size_t)(g.tokens * g.heads_in_group * padded_width(g.width)) * 4);
  int64_t number = 0;
  for (int64_t i = 0; i < call.in[AttentionBackwardIn::SEGMENTS].shape[0]; i++) {
    const Segment segment = segment_at(call.in[AttentionBackwardIn::SEGMENTS], i);
    if (segment.queries <= 0) continue;
    for (int64_t key = 0; key < segment.keys; key += KEY_BLOCK, number++) {
      if (number % g.ranges == range)
        backward_block<E>(
            call, g, s, {segment, group, key, min64(KEY_BLOCK, segment.keys - key), 0, 0, nullptr},
            dq);
    }
  }
}

static void clear_heads(const Tensor &t, int64_t first, int64_t end) {
  for (int64_t row = first; row < end; row++) {
    for (int64_t head = 0; head < t.shape[1]; head++)
      memset(t.data + (row * t.stride[0] + head * t.stride[1]) * bytes_of(t.dtype), 0,
             (size_t)(t.shape[2] * bytes_of(t.dtype)));
  }
}

static void prepare_rows(const Call &call, const BackwardGrid &g, int64_t chunk) {
  const Tensor &gradient = call.in[AttentionBackwardIn::GRADIENT],
               &out = call.in[AttentionBackwardIn::OUT];
  for (int64_t token = chunk * BACKWARD_TOKENS;
       token < min64(g.tokens, (chunk + 1) * BACKWARD_TOKENS); token++) {
    for (int64_t head = 0; head < g.heads; head++) {
      const char *a = row_of(head_of(gradient, head), token),
                 *b = row_of(head_of(out, head), token);
      Vec total = zero();
      for (int64_t i = 0; i < g.width; i += LANES) {
        const int lanes = (int)min64(LANES, g.width - i);
        total =
            fma(load_lanes(a, gradient.dtype, i, lanes), load_lanes(b, out.dtype, i, lanes), total);
      }
      row_sums(call)[token * g.heads + head] = sum(total);
    }
  }
  const int64_t keys = call.in[AttentionBackwardIn::K].shape[0],
                first = min64(keys, chunk * BACKWARD_TOKENS),
                end = min64(keys, first + BACKWARD_TOKENS);
  clear_heads(call.out[AttentionBackwardOut::DK], first, end);
  clear_heads(call.out[AttentionBackwardOut::DV], first, end);
}

static void combine_queries(const Call &call, const BackwardGrid &g, int64_t chunk) {
  const Tensor &dq = call.out[AttentionBackwardOut::DQ];
  const int64_t width = padded_width(g.width);
  for (int64_t token = chunk * BACKWARD_TOKENS;
       token < min64(g.tokens, (chunk + 1) * BACKWARD_TOKENS); token++) {
    for (int64_t head = 0; head < g.heads; head++) {
      const int64_t group = head / g.heads_in_group,
                    row = token * g.heads_in_group + head % g.heads_in_group;
      char *to = dq.data + (token * dq.stride[0] + head * dq.stride[1]) * bytes_of(dq.dtype);
      for (int64_t i = 0; i < g.width; i += LANES) {
        Vec total = zero();
        for (int64_t range = 0; range < g.ranges; range++)
          total += load(query_copy(call, g, range, group) + row * width + i);
        store_lanes(to, dq.dtype, i, total, (int)min64(LANES, g.width - i));
      }
    }
  }
}

// dsink = - sum over the head's queries of exp(sink - lse) * (do . o); queries that see no key add
// nothing.
static void combine_sinks(const Call &call, const BackwardGrid &g, int64_t head) {
  const AttentionOptions o = attention_options(call);
  const Tensor &lse = call.in[AttentionBackwardIn::LSE],
               &sinks = call.in[AttentionBackwardIn::SINKS];
  const float sink = element_at(sinks.data, sinks.dtype, head * sinks.stride[0]);
  double total = 0.0;
  for (int64_t i = 0; i < call.in[AttentionBackwardIn::SEGMENTS].shape[0]; i++) {
    const Segment segment = segment_at(call.in[AttentionBackwardIn::SEGMENTS], i);
    for (int64_t query = 0; query < segment.queries; query++) {
      const int64_t token = segment.query + query;
      const KeyRange seen = visible_keys(segment, query, o);
      if (seen.from < seen.to)
        total -= ::exp((double)sink - load_one((const float *)lse.data + head * lse.stride[0] +
                                               token * lse.stride[1])) *
                 row_sums(call)[token * g.heads + head];
    }
  }
  const float result = (float)total;
  write_run(call.out[AttentionBackwardOut::DSINKS].data +
                head * call.out[AttentionBackwardOut::DSINKS].stride[0] *
                    bytes_of(call.out[AttentionBackwardOut::DSINKS].dtype),
            &result, call.out[AttentionBackwardOut::DSINKS].dtype, 1, 1);
}

static bool has_sinks(const Call &call) {
  return has_in(call, AttentionBackwardIn::SINKS) && has_out(call, AttentionBackwardOut::DSINKS) &&
         elements(call.out[AttentionBackwardOut::DSINKS]) > 0;
}

static int64_t attention_backward_chunks(const Call &call, int32_t phase) {
  const BackwardGrid g = backward_grid(call);
  if (phase == 0)
    return ceil_div(max64(g.tokens, call.in[AttentionBackwardIn::K].shape[0]), BACKWARD_TOKENS);
  if (phase == 1) return g.groups * g.ranges;
  return ceil_div(g.tokens, BACKWARD_TOKENS) + (has_sinks(call) ? g.heads : 0);
}

static void attention_backward_run(const Call &call, int32_t phase, int64_t chunk, char *scratch) {
  const BackwardGrid g = backward_grid(call);
  if (phase == 0) return prepare_rows(call, g, chunk);
  if (phase == 2) {
    const int64_t blocks = ceil_div(g.tokens, BACKWARD_TOKENS);
    return chunk < blocks ? combine_queries(call, g, chunk)
                          : combine_sinks(call, g, chunk - blocks);
  }
#if defined(AM_TILES) || defined(AM_BF16_DOT)
  if (uses_pairs(call, 0, 4))
    return backward_range<Paired>(call, g, chunk % g.groups, chunk / g.groups, scratch);
#endif
  backward_range<Single>(call, g, chunk % g.groups, chunk / g.groups, scratch);
}

static int64_t attention_backward_workspace(const Call &call) {
  const BackwardGrid g = backward_grid(call);
  return (row_sums_count(g) + g.ranges * g.tokens * g.heads * padded_width(g.width)) * 4;
}

static int64_t attention_backward_scratch(const Call &call) {
  Carver carver = {nullptr, 0};
#if defined(AM_TILES) || defined(AM_BF16_DOT)
  if (uses_pairs(call, 0, 4)) {
    carve_backward<Paired>(backward_grid(call), carver);
    return carver.bytes;
  }
#endif
  carve_backward<Single>(backward_grid(call), carver);
  return carver.bytes;
}

static const char *attention_backward_check(const Call &call) {
  if (call.in_count < 7 || call.in_count > 8 || call.out_count < 3 || call.float_count < 1)
    return "takes do, q, k, v, o, lse, segments, sinks? and gives dq, dk, dv, dsinks; floats are "
           "scale and softcap, ints window and causal";
  const int like_q[] = {0, 4};
  for (int i : like_q) {
    if (!same_shape(call.in[i], call.in[AttentionBackwardIn::Q]) || !is_float(call.in[i].dtype) ||
        !has_dense_rows(call.in[i]))
      return "do and o must have the shape of q and a last dimension without gaps";
  }
  for (int k = 0; k < 3; k++) {
    if (!same_shape(call.out[k], call.in[k + 1]) || !is_float(call.out[k].dtype) ||
        !has_dense_rows(call.out[k]))
      return "dq, dk and dv must have the shapes of q, k and v and a last dimension without gaps";
  }
  const Tensor &lse = call.in[AttentionBackwardIn::LSE];
  if (lse.dtype != F32 || lse.rank != 2 ||
      lse.shape[0] != call.in[AttentionBackwardIn::Q].shape[1] ||
      lse.shape[1] != call.in[AttentionBackwardIn::Q].shape[0])
    return "lse must be f32 [H, T]";
  if (has_sinks(call) && (elements(call.in[AttentionBackwardIn::SINKS]) != lse.shape[0] ||
                          elements(call.out[AttentionBackwardOut::DSINKS]) != lse.shape[0] ||
                          !is_float(call.in[AttentionBackwardIn::SINKS].dtype) ||
                          !is_float(call.out[AttentionBackwardOut::DSINKS].dtype)))
    return "sinks and dsinks must be floats [H]";
  return attention_shapes(call.in[AttentionBackwardIn::Q], call.in[AttentionBackwardIn::K],
                          call.in[AttentionBackwardIn::V], call.in[AttentionBackwardIn::SEGMENTS]);
}

constexpr Kernel attention_backward_kernel = {"attention_backward",
                                              3,
                                              attention_backward_chunks,
                                              attention_backward_run,
                                              attention_backward_workspace,
                                              attention_backward_scratch,
                                              nullptr,
                                              attention_backward_check};

}  // namespace automodel::AM_ISA
