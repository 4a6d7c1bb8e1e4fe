// Copies between tensors of one shape and dtype with any strides, in chunks. Where the two sides
// run along different dimensions, tiles are transposed in cache.
#pragma once

#include "../prelude.h"
#include "../elementwise/walk.h"
#include "../operand.h"

namespace automodel::AM_ISA {

constexpr int64_t COPY_CHUNK = 65536, COPY_TILE = 128, COPY_SUBTILE = 16;

// The dimension along which operand k has the smallest step that is not 0; the innermost wins ties.
static int fastest_dimension(const Walk &w, int k) {
  int best = w.rank - 1;
  for (int d = w.rank - 1; d >= 0; d--) {
    if (w.stride[k][d] != 0 && (w.stride[k][best] == 0 || w.stride[k][d] < w.stride[k][best]))
      best = d;
  }
  return best;
}

static void move_last(Walk &w, int d, int to) {
  for (; d < to; d++) {
    const int64_t size = w.shape[d];
    w.shape[d] = w.shape[d + 1];
    w.shape[d + 1] = size;
    for (int k = 0; k < w.operands; k++) {
      const int64_t stride = w.stride[k][d];
      w.stride[k][d] = w.stride[k][d + 1];
      w.stride[k][d + 1] = stride;
    }
  }
}

struct CopyPlan {
  Walk walk;  // y, x; the last dimension is y's fastest, with tiles the one before it is x's
  bool tiles;
  int64_t chunks;
};

static CopyPlan copy_plan(const Call &call) {
  const Tensor *tensors[] = {&call.out[0], &call.in[0]};
  CopyPlan p = {walk_of(call.out[0], tensors, 2), false, 0};
  Walk &w = p.walk;
  const int last = w.rank - 1;
  move_last(w, fastest_dimension(w, 0), last);
  const int across = fastest_dimension(w, 1);
  p.tiles = w.rank > 1 && across != last && w.stride[1][last] > 1 && w.shape[across] >= 4 &&
            w.shape[last] >= 4;
  if (p.tiles) move_last(w, across, last - 1);
  if (w.count == 0) return p;
  p.chunks = p.tiles
                 ? w.count / (w.shape[last] * w.shape[last - 1]) *
                       ceil_div(w.shape[last], COPY_TILE) * ceil_div(w.shape[last - 1], COPY_TILE)
                 : ceil_div(w.count, COPY_CHUNK);
  return p;
}

template <class T>
AM_INLINE void copy_strided(char *to, int64_t to_stride, const char *from, int64_t from_stride,
                            int64_t n) {
  for (int64_t i = 0; i < n; i++)
    memcpy(to + i * to_stride * (int64_t)sizeof(T), from + i * from_stride * (int64_t)sizeof(T),
           sizeof(T));
}

template <class T>
static void copy_runs(const CopyPlan &p, char *to, const char *from, int64_t chunk) {
  const Walk &w = p.walk;
  const int inner = w.rank - 1;
  const int64_t end = min64(w.count, (chunk + 1) * COPY_CHUNK), to_stride = w.stride[0][inner],
                from_stride = w.stride[1][inner];
  Place place = place_of(w, chunk * COPY_CHUNK);
  for (int64_t at = chunk * COPY_CHUNK; at < end;) {
    const int64_t n = run_length(w, place, end - at);
    char *target = to + place.offset[0] * (int64_t)sizeof(T);
    const char *source = from + place.offset[1] * (int64_t)sizeof(T);
    if (to_stride == 1 && from_stride == 1)
      memcpy(target, source, (size_t)n * sizeof(T));
    else
      copy_strided<T>(target, to_stride, source, from_stride, n);
    advance(w, place, n);
    at += n;
  }
}

template <class T>
static void copy_tile(const CopyPlan &p, char *to, const char *from, int64_t chunk) {
  const Walk &w = p.walk;
  const int b = w.rank - 1, a = b - 1;  // y runs along b, x along a
  const int64_t tiles_b = ceil_div(w.shape[b], COPY_TILE),
                tiles_a = ceil_div(w.shape[a], COPY_TILE);
  const int64_t b0 = chunk % tiles_b * COPY_TILE, a0 = chunk / tiles_b % tiles_a * COPY_TILE;
  Place place = place_of(w, chunk / (tiles_a * tiles_b) * w.shape[a] * w.shape[b]);
  const int64_t a_end = min64(w.shape[a], a0 + COPY_TILE),
                b_end = min64(w.shape[b], b0 + COPY_TILE);
  for (int64_t i = a0; i < a_end; i += COPY_SUBTILE) {
    for (int64_t j = b0; j < b_end; j += COPY_SUBTILE) {
      const int64_t columns = min64(COPY_SUBTILE, b_end - j);
      for (int64_t row = i; row < min64(a_end, i + COPY_SUBTILE); row++) {
        char *target =
            to + (place.offset[0] + row * w.stride[0][a] + j * w.stride[0][b]) * (int64_t)sizeof(T);
        const char *source = from + (place.offset[1] + row * w.stride[1][a] + j * w.stride[1][b]) *
                                        (int64_t)sizeof(T);
        copy_strided<T>(target, w.stride[0][b], source, w.stride[1][b], columns);
      }
    }
  }
}

template <class T>
static void copy_chunk(const Call &call, const CopyPlan &p, int64_t chunk) {
  if (p.tiles)
    copy_tile<T>(p, call.out[0].data, call.in[0].data, chunk);
  else
    copy_runs<T>(p, call.out[0].data, call.in[0].data, chunk);
}

static int64_t copy_chunks(const Call &call, int32_t) { return copy_plan(call).chunks; }

static void copy_run(const Call &call, int32_t, int64_t chunk, char *) {
  const CopyPlan p = copy_plan(call);
  switch (bytes_of(call.out[0].dtype)) {
    case 8:
      return copy_chunk<uint64_t>(call, p, chunk);
    case 4:
      return copy_chunk<uint32_t>(call, p, chunk);
    case 2:
      return copy_chunk<uint16_t>(call, p, chunk);
    default:
      return copy_chunk<uint8_t>(call, p, chunk);
  }
}

}  // namespace automodel::AM_ISA
