// Which keys a query sees. Rows of `segments` i32[S,4] are (q_start, q_length, k_start, k_length);
// query i is at key position k_length - q_length + i.
// Blocks, options and numbers that both directions of attention share.
#pragma once

#include "../prelude.h"
#include "../norm/rows.h"
#include "../operand.h"

namespace automodel::AM_ISA {

// Places in the call.
struct AttentionFloat {
  enum { SCALE, SOFTCAP };
};
struct AttentionInt {
  enum { WINDOW, CAUSAL };
};

constexpr int64_t KEY_BLOCK = 64;

struct Segment {
  int64_t query, queries, key, keys;
};

AM_INLINE Segment segment_at(const Tensor &segments, int64_t s) {
  int32_t row[4];
  for (int k = 0; k < 4; k++)
    row[k] =
        read_as<int32_t>(segments.data + (s * segments.stride[0] + k * segments.stride[1]) * 4);
  return {row[0], row[1], row[2], row[3]};
}

struct AttentionOptions {
  float scale, softcap;
  int64_t window;
  bool causal;
};
AM_INLINE AttentionOptions attention_options(const Call &call) {
  return {(float)call.floats[AttentionFloat::SCALE],
          (float)float_or(call, AttentionFloat::SOFTCAP, 0.0),
          int_or(call, AttentionInt::WINDOW, 0), int_or(call, AttentionInt::CAUSAL, 1) != 0};
}

struct KeyRange {
  int64_t from, to;
};
AM_INLINE KeyRange visible_keys(const Segment &s, int64_t query, const AttentionOptions &o) {
  const int64_t position = s.keys - s.queries + query;
  return {o.window > 0 ? max64(0, position - o.window + 1) : 0,
          o.causal ? max64(0, min64(position + 1, s.keys)) : s.keys};
}

// Scratch is laid out piece by piece, each on a cache line. With a null base it measures.
struct Carver {
  char *base;
  int64_t bytes;
};
template <class T>
AM_INLINE T *carve(Carver &c, int64_t count) {
  T *p = (T *)(c.base + c.bytes);
  c.bytes += round_up(count * (int64_t)sizeof(T), 64);
  return p;
}

static const char *attention_shapes(const Tensor &q, const Tensor &k, const Tensor &v,
                                    const Tensor &segments) {
  const Tensor *heads[] = {&q, &k, &v};
  for (const Tensor *t : heads) {
    if (t->rank != 3 || !is_float(t->dtype) || !has_dense_rows(*t) || t->shape[2] != q.shape[2])
      return "q, k and v must be floats [rows, heads, D] with a last dimension without gaps";
  }
  if (!same_shape(k, v) || k.shape[1] == 0 || q.shape[1] % k.shape[1] != 0)
    return "k and v must have one shape, and heads that divide those of q";
  if (segments.rank != 2 || segments.shape[1] != 4 || segments.dtype != I32)
    return "segments must be i32 [S, 4]";
  return nullptr;
}

}  // namespace automodel::AM_ISA
