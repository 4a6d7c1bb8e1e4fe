// attention: softmax(scale * q k^T) v over packed documents, without ever holding a row of scores
// (flash attention, Dao 2023).
// in: q[T,H,D], k[Tk,Hk,D], v[Tk,Hk,D] (floats; any strides but a dense last dimension; H a
// multiple of Hk), segments i32[S,4], sinks[H]? (float). out: o[T,H,D], lse f32[H,T]?.
// floats: [scale, softcap (0 = none)]. ints: [window (0 = none), causal 0/1]. A query without a
// visible key, or in no segment, gives zeros and lse 0.
// A chunk is one key/value head and a block of tokens with all query heads of the group: rows of
// scores are (token, head of the group). Keys come in blocks of KEY_BLOCK that are packed once per
// chunk.
// bf16 operands are multiplied as bf16 pairs if the instruction set can do that, by vectors or by
// tiles, and as f32 otherwise; sums, softmax and statistics are f32.

#include "../prelude.h"
#include "../norm/rows.h"
#include "../operand.h"
#include "../vector/math.h"
#include "../vector/vector.h"
#include "pack.h"
#include "segment.h"
#include "tile.h"

namespace automodel::AM_ISA {

// Places in the call.
struct AttentionIn {
  enum { Q, K, V, SEGMENTS, SINKS };
};
struct AttentionOut {
  enum { OUT, LSE };
};

struct AttentionGrid {
  int64_t tokens, groups, heads_in_group, width, block, blocks;
};

static AttentionGrid attention_grid(const Call &call) {
  AttentionGrid g = {};
  g.tokens = call.in[AttentionIn::Q].shape[0];
  g.groups = call.in[AttentionIn::K].shape[1];
  g.heads_in_group = call.in[AttentionIn::Q].shape[1] / g.groups;
  g.width = call.in[AttentionIn::Q].shape[2];
  g.block = min64(max64(1, g.tokens), max64(16, min64(128, 192 / max64(1, g.heads_in_group))));
  g.blocks = ceil_div(g.tokens, g.block);
  return g;
}

template <class E>
struct AttentionScratch {
  typename E::Element *queries, *keys, *values, *weights, *temporary;
  float *out, *scores, *sums, *largest;
};

template <class E>
static AttentionScratch<E> carve_attention(const AttentionGrid &g, Carver &c) {
  const int64_t rows = round_up(g.block * g.heads_in_group, E::ROWS), units = row_units<E>(g.width),
                width = padded_width(g.width);
  AttentionScratch<E> s;
  s.queries = carve<typename E::Element>(c, rows * units);
  s.keys = carve<typename E::Element>(c, units * KEY_BLOCK);
  s.values = carve<typename E::Element>(c, KEY_BLOCK / E::PER * width);
  s.weights = carve<typename E::Element>(c, E::ROWS * KEY_BLOCK);
  s.temporary = carve<typename E::Element>(c, LANES * units);
  s.out = carve<float>(c, rows * width);
  s.scores = carve<float>(c, E::ROWS * KEY_BLOCK);
  s.sums = carve<float>(c, rows * LANES);
  s.largest = carve<float>(c, rows);
  return s;
}

// The part of a segment that a chunk works on.
struct QueryBlock {
  Segment segment;
  int64_t first, count;  // queries of the segment
};

// Scores of one row become weights in place; largest, sums and the row of `out` follow the new
// maximum. Columns [from, to) of the block are computed, [row_from, row_to) visible.
AM_INLINE void soften_row(float *scores, int64_t from, int64_t to, int64_t row_from, int64_t row_to,
                          const AttentionOptions &o, float &largest_so_far, float *sums, float *out,
                          int64_t width) {
  Vec top = splat(-__builtin_inff());
  for (int64_t c = from; c < to; c += LANES) {
    Vec s = load(scores + c) * splat(o.scale);
    if (o.softcap > 0.0f) s = splat(o.softcap) * tanh(s / splat(o.softcap));
    if (c < row_from || c + LANES > row_to)
      s = select(lanes_between(row_from - c, row_to - c), s, splat(-__builtin_inff()));
    store(scores + c, s);
    top = max(s, top);
  }
  if (any(less(splat(largest_so_far), top))) {
    const float next = largest(top);
    const Vec shrink = exp(splat(largest_so_far - next));
    largest_so_far = next;
    store(sums, load(sums) * shrink);
    for (int64_t i = 0; i < width; i += LANES) store(out + i, load(out + i) * shrink);
  }
  const Vec base = splat(largest_so_far == -__builtin_inff() ? 0.0f : largest_so_far);
  Vec total = load(sums);
  for (int64_t c = from; c < to; c += LANES) {
    const Vec weight = exp(load(scores + c) - base);
    store(scores + c, weight);
    total += weight;
  }
  store(sums, total);
}

// One block of keys for all rows of a chunk.
template <class E>
static void attend_block(const AttentionGrid &g, const AttentionScratch<E> &s, const QueryBlock &b,
                         const AttentionOptions &o, int64_t key) {
  const int64_t rows = b.count * g.heads_in_group, units = row_units<E>(g.width),
                width = padded_width(g.width);
  constexpr int64_t STEP = HEAD_STEP * E::PER;
  for (int64_t row = 0; row < rows; row += E::ROWS) {
    const int64_t count = min64(E::ROWS, rows - row);
    const KeyRange first = visible_keys(b.segment, b.first + row / g.heads_in_group, o),
                   last =
                       visible_keys(b.segment, b.first + (row + count - 1) / g.heads_in_group, o);
    const int64_t from = max64(0, first.from - key) / STEP * STEP,
                  to = round_up(max64(0, min64(KEY_BLOCK, min64(b.segment.keys, last.to) - key)),
                                STEP);
    if (from >= to) continue;
    multiply(SmallProduct<E>{s.queries + row * units, units, 1, s.keys + from, KEY_BLOCK,
                             s.scores + from, KEY_BLOCK, units, false},
             count, to - from);
    for (int64_t r = 0; r < count; r++) {
      const KeyRange seen = visible_keys(b.segment, b.first + (row + r) / g.heads_in_group, o);
      float *scores = s.scores + r * KEY_BLOCK;
      soften_row(scores, from, to, seen.from - key, seen.to - key, o, s.largest[row + r],
                 s.sums + (row + r) * LANES, s.out + (row + r) * width, width);
      pack_values(E(), s.weights + r * KEY_BLOCK, scores + from, to - from);
    }
    multiply(SmallProduct<E>{s.weights, KEY_BLOCK, 1, s.values + from / E::PER * width, width,
                             s.out + row * width, width, (to - from) / E::PER, true},
             count, width);
  }
}

// Divides by the sums and writes output and logsumexp of the rows that see a key.
template <class E>
static void finish_rows(const Call &call, const AttentionGrid &g, const AttentionScratch<E> &s,
                        const QueryBlock &b, const AttentionOptions &o, int64_t group) {
  const Tensor &out = call.out[AttentionOut::OUT];
  const int64_t width = padded_width(g.width);
  for (int64_t row = 0; row < b.count * g.heads_in_group; row++) {
    const int64_t query = b.first + row / g.heads_in_group,
                  head = group * g.heads_in_group + row % g.heads_in_group,
                  token = b.segment.query + query;
    const KeyRange seen = visible_keys(b.segment, query, o);
    if (seen.from >= seen.to) continue;
    const float total = sum(load(s.sums + row * LANES));
    char *to = out.data + (token * out.stride[0] + head * out.stride[1]) * bytes_of(out.dtype);
    for (int64_t i = 0; i < g.width; i += LANES)
      store_lanes(to, out.dtype, i, load(s.out + row * width + i) / splat(total),
                  (int)min64(LANES, g.width - i));
    if (has_out(call, AttentionOut::LSE))
      store_one((float *)call.out[AttentionOut::LSE].data +
                    head * call.out[AttentionOut::LSE].stride[0] +
                    token * call.out[AttentionOut::LSE].stride[1],
                s.largest[row] + ::logf(total));
  }
}

template <class E>
static void attend(const Call &call, const AttentionGrid &g, int64_t group, const QueryBlock &b,
                   char *scratch) {
  const AttentionOptions o = attention_options(call);
  Carver carver = {scratch, 0};
  const AttentionScratch<E> s = carve_attention<E>(g, carver);
  const int64_t rows = b.count * g.heads_in_group, units = row_units<E>(g.width),
                width = padded_width(g.width);
  const Head keys = head_of(call.in[AttentionIn::K], group),
             values = head_of(call.in[AttentionIn::V], group);
  for (int64_t row = 0; row < rows; row++) {
    const int64_t head = group * g.heads_in_group + row % g.heads_in_group;
    pack_row(E(), s.queries + row * units,
             row_of(head_of(call.in[AttentionIn::Q], head),
                    b.segment.query + b.first + row / g.heads_in_group),
             call.in[AttentionIn::Q].dtype, g.width);
    s.largest[row] =
        has_in(call, AttentionIn::SINKS)
            ? element_at(call.in[AttentionIn::SINKS].data, call.in[AttentionIn::SINKS].dtype,
                         head * call.in[AttentionIn::SINKS].stride[0])
            : -__builtin_inff();
    store(s.sums + row * LANES, zero());
    s.sums[row * LANES] = has_in(call, AttentionIn::SINKS) ? 1.0f : 0.0f;
  }
  memset(s.out, 0, (size_t)(rows * width) * 4);
  const int64_t from = visible_keys(b.segment, b.first, o).from / KEY_BLOCK * KEY_BLOCK,
                to = visible_keys(b.segment, b.first + b.count - 1, o).to;
  for (int64_t key = from; key < to; key += KEY_BLOCK) {
    const int64_t count = min64(KEY_BLOCK, b.segment.keys - key);
    pack_transposed<E>(s.keys, keys, b.segment.key + key, count, g.width, KEY_BLOCK, s.temporary);
    memset(s.values + ceil_div(count, E::PER) * width, 0,
           (size_t)((KEY_BLOCK / E::PER - ceil_div(count, E::PER)) * width) * 4);
    pack_depth(E(), s.values, values, b.segment.key + key, count, g.width);
    attend_block<E>(g, s, b, o, key);
  }
  finish_rows<E>(call, g, s, b, o, group);
}

static void clear_rows(const Call &call, const AttentionGrid &g, int64_t group, int64_t first,
                       int64_t end) {
  const Tensor &out = call.out[AttentionOut::OUT];
  for (int64_t token = first; token < end; token++) {
    for (int64_t head = group * g.heads_in_group; head < (group + 1) * g.heads_in_group; head++) {
      memset(out.data + (token * out.stride[0] + head * out.stride[1]) * bytes_of(out.dtype), 0,
             (size_t)(g.width * bytes_of(out.dtype)));
      if (has_out(call, AttentionOut::LSE))
        store_one((float *)call.out[AttentionOut::LSE].data +
                      head * call.out[AttentionOut::LSE].stride[0] +
                      token * call.out[AttentionOut::LSE].stride[1],
                  0.0f);
    }
  }
}

// Later blocks, which see more keys, come first, so that no long chunk is left for the end.
static void attention_run(const Call &call, int32_t, int64_t chunk, char *scratch) {
  const AttentionGrid g = attention_grid(call);
  const int64_t group = chunk % g.groups, first = (g.blocks - 1 - chunk / g.groups) * g.block,
                end = min64(g.tokens, first + g.block);
  clear_rows(call, g, group, first, end);
  for (int64_t i = 0; i < call.in[AttentionIn::SEGMENTS].shape[0]; i++) {
    const Segment segment = segment_at(call.in[AttentionIn::SEGMENTS], i);
    const int64_t from = max64(first, segment.query),
                  to = min64(end, segment.query + segment.queries);
    if (from >= to) continue;
    const QueryBlock block = {segment, from - segment.query, to - from};
#if defined(AM_TILES) || defined(AM_BF16_DOT)
    if (uses_pairs(call, 0, 3)) {
      attend<Paired>(call, g, group, block, scratch);
      continue;
    }
#endif
    attend<Single>(call, g, group, block, scratch);
  }
}

static int64_t attention_chunks(const Call &call, int32_t) {
  const AttentionGrid g = attention_grid(call);
  return g.blocks * g.groups;
}

static int64_t attention_scratch(const Call &call) {
  Carver carver = {nullptr, 0};
#if defined(AM_TILES) || defined(AM_BF16_DOT)
  if (uses_pairs(call, 0, 3)) {
    carve_attention<Paired>(attention_grid(call), carver);
    return carver.bytes;
  }
#endif
  carve_attention<Single>(attention_grid(call), carver);
  return carver.bytes;
}

static const char *attention_check(const Call &call) {
  if (call.in_count < 4 || call.in_count > 5 || call.out_count < 1 || call.float_count < 1)
    return "takes q, k, v, segments, sinks? and gives o, lse; floats are scale and softcap, ints "
           "window and causal";
  if (!same_shape(call.in[AttentionIn::Q], call.out[AttentionOut::OUT]) ||
      !is_float(call.out[AttentionOut::OUT].dtype) || !has_dense_rows(call.out[AttentionOut::OUT]))
    return "o must have the shape of q and a last dimension without gaps";
  if (has_out(call, AttentionOut::LSE) &&
      (call.out[AttentionOut::LSE].dtype != F32 || call.out[AttentionOut::LSE].rank != 2 ||
       call.out[AttentionOut::LSE].shape[0] != call.in[AttentionIn::Q].shape[1] ||
       call.out[AttentionOut::LSE].shape[1] != call.in[AttentionIn::Q].shape[0]))
    return "lse must be f32 [H, T]";
  if (has_in(call, AttentionIn::SINKS) &&
      (!is_float(call.in[AttentionIn::SINKS].dtype) || call.in[AttentionIn::SINKS].rank != 1 ||
       call.in[AttentionIn::SINKS].shape[0] != call.in[AttentionIn::Q].shape[1]))
    return "sinks must be floats [H]";
  return attention_shapes(call.in[AttentionIn::Q], call.in[AttentionIn::K], call.in[AttentionIn::V],
                          call.in[AttentionIn::SEGMENTS]);
}

constexpr Kernel attention_kernel = {
    "attention",       1,       attention_chunks, attention_run, nullptr,
    attention_scratch, nullptr, attention_check};

}  // namespace automodel::AM_ISA
