// embedding: y[..ids, D] = scale * W[id]. in: W[V,D] (float, dense rows), ids i32 or i64, any
// shape. out: y, a float type of its own. floats: [scale = 1]. An id outside [0, V) gives NaN.
// embedding_backward (and embedding_backward_accumulate): in: dy[..ids, D], ids, accumulate[V,D]?
// (may be dW itself), beta f32 0-d? (absent = 1). out: dW[V,D] = beta * accumulate + sums of the
// rows of dy by id, in the order of the tokens, in f32. Where beta is 0, accumulate is not read;
// ids outside [0, V) add nothing. In place with beta 1 only rows that occur are touched.

#include "../prelude.h"
#include "../norm/rows.h"
#include "../operand.h"
#include "../vector/vector.h"

namespace automodel::AM_ISA {

// Places in the call.
struct EmbeddingIn {
  enum { TABLE, IDS };
};
struct EmbeddingBackwardIn {
  enum { DY, IDS, ACCUMULATOR, BETA };
};

constexpr int64_t EMBEDDING_CHUNK = 32768, EMBEDDING_BACKWARD_CHUNKS = 64, EMBEDDING_COLUMNS = 8;

static int64_t embedding_tokens(const Tensor &w) {
  return max64(1, EMBEDDING_CHUNK / max64(1, w.shape[1]));
}
static int64_t embedding_chunks(const Call &call, int32_t) {
  return ceil_div(elements(call.in[EmbeddingIn::IDS]),
                  embedding_tokens(call.in[EmbeddingIn::TABLE]));
}

AM_INLINE int64_t id_at(const Tensor &ids, int64_t i) {
  return ids.dtype == I64 ? read_as<int64_t>(ids.data + 8 * i) : read_as<int32_t>(ids.data + 4 * i);
}

static void embedding_run(const Call &call, int32_t, int64_t chunk, char *) {
  const Tensor &w = call.in[EmbeddingIn::TABLE], &ids = call.in[EmbeddingIn::IDS], &y = call.out[0];
  const int64_t tokens = embedding_tokens(w), end = min64(elements(ids), (chunk + 1) * tokens),
                width = w.shape[1];
  const Vec scale = splat((float)float_or(call, 0, 1.0));
  for (int64_t t = chunk * tokens; t < end; t++) {
    const int64_t id = id_at(ids, t);
    const bool known = id >= 0 && id < w.shape[0];
    const char *from = w.data + (known ? id * w.stride[0] : 0) * bytes_of(w.dtype);
    char *to = row_at(y, t);
    for (int64_t i = 0; i < width; i += LANES) {
      const int lanes = (int)min64(LANES, width - i);
      store_lanes(to, y.dtype, i,
                  known ? load_lanes(from, w.dtype, i, lanes) * scale : splat(__builtin_nanf("")),
                  lanes);
    }
  }
}

static bool are_ids(const Tensor &ids) {
  return present(ids) && (ids.dtype == I32 || ids.dtype == I64) && is_dense(ids);
}

static const char *embedding_check(const Call &call) {
  if (call.in_count != 2 || call.out_count != 1) return "takes W, ids and gives y";
  const Tensor &w = call.in[EmbeddingIn::TABLE], &y = call.out[0];
  if (w.rank != 2 || !is_float(w.dtype) || !has_dense_rows(w))
    return "W must be floats [V, D] with dense rows";
  if (!are_ids(call.in[EmbeddingIn::IDS])) return "ids must be i32 or i64 without gaps";
  if (!is_float(y.dtype) || y.rank < 1 || !has_dense_rows(y) || width_of(y) != w.shape[1] ||
      rows_of(y) != elements(call.in[EmbeddingIn::IDS]))
    return "y must be floats, one row of W an id";
  return nullptr;
}

// Lists of the tokens of each id in their order: first[V], then next[T], -1 ends.
static void list_tokens(const Call &call) {
  const Tensor &ids = call.in[EmbeddingBackwardIn::IDS];
  const int64_t rows = call.out[0].shape[0];
  int32_t *first = (int32_t *)call.workspace, *next = first + rows;
  memset(first, 0xff, (size_t)rows * 4);
  for (int64_t t = elements(ids) - 1; t >= 0; t--) {
    const int64_t id = id_at(ids, t);
    if (id < 0 || id >= rows) continue;
    next[t] = first[id];
    first[id] = (int32_t)t;
  }
}

// One row of dW from the list that starts at `token`. The tokens are added up first, then what was
// there before: so a sum over batches does not depend on which of them share a program.
static void sum_rows(const Tensor &dy, const int32_t *next, int32_t token, const char *previous,
                     DType previous_dtype, Vec beta, char *to, DType dtype, int64_t width) {
  for (int64_t i = 0; i < width; i += EMBEDDING_COLUMNS * LANES) {
    Vec total[EMBEDDING_COLUMNS];
    const int64_t columns = min64(width - i, EMBEDDING_COLUMNS * LANES);
    for (int64_t c = 0; c * LANES < columns; c++) total[c] = zero();
    for (int32_t t = token; t >= 0; t = next[t]) {
      const char *gradient = row_at(dy, t);
      for (int64_t c = 0; c * LANES < columns; c++)
        total[c] +=
            load_lanes(gradient, dy.dtype, i + c * LANES, (int)min64(LANES, columns - c * LANES));
    }
    for (int64_t c = 0; c * LANES < columns; c++) {
      const int n = (int)min64(LANES, columns - c * LANES);
      if (previous != nullptr)
        total[c] = fma(beta, load_lanes(previous, previous_dtype, i + c * LANES, n), total[c]);
      store_lanes(to, dtype, i + c * LANES, total[c], n);
    }
  }
}

static void embedding_backward_run(const Call &call, int32_t phase, int64_t chunk, char *) {
  if (phase == 0) return list_tokens(call);
  const Tensor &dy = call.in[EmbeddingBackwardIn::DY], &dw = call.out[0];
  const int64_t rows = dw.shape[0], width = dw.shape[1];
  const int32_t *first = (const int32_t *)call.workspace, *next = first + rows;
  const float beta = has_in(call, EmbeddingBackwardIn::BETA)
                         ? scalar_of(call.in[EmbeddingBackwardIn::BETA])
                         : 1.0f;
  const bool adds = has_in(call, EmbeddingBackwardIn::ACCUMULATOR) && beta != 0.0f;
  const bool in_place = adds && beta == 1.0f &&
                        call.in[EmbeddingBackwardIn::ACCUMULATOR].data == dw.data &&
                        call.in[EmbeddingBackwardIn::ACCUMULATOR].dtype == dw.dtype;
  for (int64_t id = chunk; id < rows; id += EMBEDDING_BACKWARD_CHUNKS) {
    if (first[id] < 0 && in_place) continue;
    const char *previous = adds ? call.in[EmbeddingBackwardIn::ACCUMULATOR].data +
                                      id * call.in[EmbeddingBackwardIn::ACCUMULATOR].stride[0] *
                                          bytes_of(call.in[EmbeddingBackwardIn::ACCUMULATOR].dtype)
                                : nullptr;
    sum_rows(dy, next, first[id], previous,
             adds ? call.in[EmbeddingBackwardIn::ACCUMULATOR].dtype : F32, splat(beta),
             dw.data + id * dw.stride[0] * bytes_of(dw.dtype), dw.dtype, width);
  }
}

static int64_t embedding_backward_chunks(const Call &call, int32_t phase) {
  return phase == 0 ? 1 : min64(EMBEDDING_BACKWARD_CHUNKS, call.out[0].shape[0]);
}
static int64_t embedding_backward_workspace(const Call &call) {
  return (call.out[0].shape[0] + elements(call.in[EmbeddingBackwardIn::IDS])) * 4;
}

static const char *embedding_backward_check(const Call &call) {
  if (call.in_count < 2 || call.in_count > 4 || call.out_count != 1)
    return "takes dy, ids, accumulate?, beta? and gives dW";
  const Tensor &dy = call.in[EmbeddingBackwardIn::DY], &dw = call.out[0];
  if (!are_ids(call.in[EmbeddingBackwardIn::IDS]) ||
      elements(call.in[EmbeddingBackwardIn::IDS]) > INT32_MAX)
    return "ids must be i32 or i64 without gaps";
  if (dw.rank != 2 || !is_float(dw.dtype) || !has_dense_rows(dw))
    return "dW must be floats [V, D] with dense rows";
  if (dy.rank < 1 || !is_float(dy.dtype) || !has_dense_rows(dy) || width_of(dy) != dw.shape[1] ||
      rows_of(dy) != elements(call.in[EmbeddingBackwardIn::IDS]))
    return "dy must be floats, one row of dW an id";
  if (has_in(call, EmbeddingBackwardIn::ACCUMULATOR) &&
      (!same_shape(call.in[EmbeddingBackwardIn::ACCUMULATOR], dw) ||
       !is_float(call.in[EmbeddingBackwardIn::ACCUMULATOR].dtype) ||
       !has_dense_rows(call.in[EmbeddingBackwardIn::ACCUMULATOR])))
    return "accumulate must have the shape of dW";
  if (has_in(call, EmbeddingBackwardIn::BETA) && (call.in[EmbeddingBackwardIn::BETA].rank != 0 ||
                                                  call.in[EmbeddingBackwardIn::BETA].dtype != F32))
    return "beta must be an f32 scalar";
  return nullptr;
}

constexpr Kernel embedding_kernel = {"embedding", 1,       embedding_chunks, embedding_run,
                                     nullptr,     nullptr, nullptr,          embedding_check};
constexpr Kernel embedding_backward_kernel = {"embedding_backward",
                                              2,
                                              embedding_backward_chunks,
                                              embedding_backward_run,
                                              embedding_backward_workspace,
                                              nullptr,
                                              nullptr,
                                              embedding_backward_check};
constexpr Kernel embedding_backward_accumulate_kernel = {"embedding_backward_accumulate",
                                                         2,
                                                         embedding_backward_chunks,
                                                         embedding_backward_run,
                                                         embedding_backward_workspace,
                                                         nullptr,
                                                         nullptr,
                                                         embedding_backward_check};

}  // namespace automodel::AM_ISA
