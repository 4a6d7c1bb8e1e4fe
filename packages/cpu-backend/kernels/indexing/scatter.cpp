// Copies of x with elements replaced by, or added to, those of a source; the result may be x
// itself. Any dtype, any strides.
// scatter, scatter_add: in x, index (rank of x), src (shape of index). ints: [dim]. index_copy,
// index_add: in x, positions[P], src with P slices along dim. ints: [dim].
// index_put: in x, values (broadcast to the indexed shape), one to four index tensors. ints:
// [accumulate 0/1, the dimension of each index].
// Elements are written in row-major order of the source, so the later of two wins; work is cut
// along dimensions whose positions are disjoint. Indices outside the dimension are skipped,
// negative ones count from the end.
// Sums of bf16 and f16 are kept in f32 in the workspace and rounded once at the end.

#include "../prelude.h"
#include "../cast/cast.h"
#include "../elementwise/elementwise.h"
#include "../elementwise/walk.h"
#include "../layout/copied-operand.h"
#include "../operand.h"
#include "../reduce/lines.h"
#include "index-checks.h"
#include "indexed.h"

namespace automodel::AM_ISA {

constexpr int64_t SCATTER_PIECES = 16;

struct Scatter {
  Indexed indexed;
  bool adds;
  int cut;  // the dimension along which chunks are cut; -1: none
};

enum ScatterKind { SCATTER, SCATTER_ADD, INDEX_COPY, INDEX_ADD, INDEX_PUT };

template <int KIND>
static bool scatter_adds(const Call &call) {
  return KIND == SCATTER_ADD || KIND == INDEX_ADD || (KIND == INDEX_PUT && call.ints[0] != 0);
}
template <int KIND>
static bool scatter_widens(const Call &call) {
  return scatter_adds<KIND>(call) && bytes_of(call.out[0].dtype) == 2;
}

// Where the elements go: the result, or f32 in the workspace.
template <int KIND>
static Tensor scatter_target(const Call &call) {
  Tensor t = call.out[0];
  if (!scatter_widens<KIND>(call)) return t;
  t.data = call.workspace;
  t.dtype = F32;
  for (int64_t d = t.rank - 1, stride = 1; d >= 0; stride *= t.shape[d--]) t.stride[d] = stride;
  return t;
}

template <int KIND>
static Scatter scatter_of(const Call &call) {
  Scatter s = {};
  const Tensor y = scatter_target<KIND>(call);
  if (KIND == SCATTER || KIND == SCATTER_ADD) {
    s.indexed = indexed_along(call.in[2], y, call.in[1], call.ints[0]);
  } else {
    const Tensor *index[MOST_INDICES];
    const int first = KIND == INDEX_PUT ? 2 : 1, count = KIND == INDEX_PUT ? call.int_count - 1 : 1;
    for (int k = 0; k < count; k++) index[k] = &call.in[first + k];
    s.indexed = indexed_by(call.in[KIND == INDEX_PUT ? 1 : 2], y, index, count,
                           call.ints + (KIND == INDEX_PUT ? 1 : 0));
  }
  s.adds = scatter_adds<KIND>(call);
  s.cut = -1;
  for (int d = 0; d < s.indexed.dense.rank; d++) {
    if ((s.indexed.kept >> d & 1) &&
        (s.cut < 0 || s.indexed.dense.shape[d] > s.indexed.dense.shape[s.cut]))
      s.cut = d;
  }
  return s;
}

static int64_t scatter_pieces(const Scatter &s) {
  if (elements(s.indexed.dense) == 0) return 0;
  return s.cut < 0 || elements(s.indexed.dense) < ELEMENTWISE_CHUNK
             ? 1
             : min64(SCATTER_PIECES, s.indexed.dense.shape[s.cut]);
}

// Phases: the target starts as x; elements go into it; a target in the workspace goes into the
// result.
template <int KIND>
static int64_t scatter_chunks(const Call &call, int32_t phase) {
  if (phase == 1) return scatter_pieces(scatter_of<KIND>(call));
  return scatter_widens<KIND>(call) ? elementwise_chunks(call, 0) : copied_operand_chunks(call, 0);
}

template <int KIND>
static void scatter_elements(const Call &call, int64_t chunk) {
  Scatter s = scatter_of<KIND>(call);
  const int64_t pieces = scatter_pieces(s);
  if (pieces > 1) {
    const int64_t size = s.indexed.dense.shape[s.cut];
    narrow_indexed(s.indexed, s.cut, size * chunk / pieces, size * (chunk + 1) / pieces);
  }
  const Indexed &a = s.indexed;
  const int64_t from_bytes = bytes_of(a.dense.dtype), to_bytes = bytes_of(a.fixed.dtype);
  for_indexed(a, 0, elements(a.dense),
              [&](int64_t from, int64_t to, int64_t from_stride, int64_t to_stride, int64_t n) {
                if (to < 0) return;
                if (s.adds)
                  add_elements(a.fixed.data + to * to_bytes, to_stride,
                               a.dense.data + from * from_bytes, from_stride, n, a.dense.dtype);
                else
                  copy_elements(a.fixed.data + to * to_bytes, to_stride,
                                a.dense.data + from * from_bytes, from_stride, n, to_bytes);
              });
}

template <int KIND>
static void scatter_run(const Call &call, int32_t phase, int64_t chunk, char *) {
  if (phase == 1) return scatter_elements<KIND>(call, chunk);
  if (!scatter_widens<KIND>(call)) return copied_operand_run(call, 0, chunk);
  const Tensor wide = scatter_target<KIND>(call);
  cast_run({phase == 0 ? call.in : &wide, phase == 0 ? &wide : call.out, 1, 1, nullptr, nullptr, 0,
            0, nullptr},
           0, chunk, nullptr);
}

template <int KIND>
static int64_t scatter_workspace(const Call &call) {
  return scatter_widens<KIND>(call) ? elements(call.out[0]) * 4 : 0;
}
template <int KIND>
static int32_t scatter_phases(const Call &call) {
  return scatter_widens<KIND>(call) ? 3 : 2;
}

static const char *scatter_check(const Call &call) {
  const char *complaint = along_check(call, 3);
  if (complaint != nullptr) return complaint;
  if (!same_shape(call.in[1], call.in[2]) || call.in[2].dtype != call.in[0].dtype)
    return "the source must have the shape of the index and the dtype of x";
  return copied_operand_check(call, 0);
}

static const char *index_slices_check(const Call &call) {
  if (call.in_count != 3 || call.out_count != 1 || call.int_count != 1)
    return "takes x, positions, source; ints are the dimension";
  const Tensor &x = call.in[0], &positions = call.in[1], &source = call.in[2];
  if (!is_index(positions) || positions.rank != 1 || x.rank < 1 || !dimensions_fit(call, 0))
    return "positions must be a list of i64 or i32";
  if (source.rank != x.rank || source.dtype != x.dtype) return "the source must look like x";
  for (int d = 0; d < x.rank; d++) {
    if (source.shape[d] !=
        (d == dimension_of(call.ints[0], x.rank) ? positions.shape[0] : x.shape[d]))
      return "the source must have one slice a position";
  }
  return copied_operand_check(call, 0);
}

static const char *index_put_check(const Call &call) {
  if (call.int_count < 2) return "ints are accumulate and the indexed dimensions";
  const char *complaint = indices_check(call, 2, 1);
  if (complaint != nullptr) return complaint;
  const Tensor *index[MOST_INDICES];
  for (int k = 0; k + 1 < call.int_count; k++) index[k] = &call.in[2 + k];
  if (call.out_count != 1 || call.in[1].dtype != call.in[0].dtype ||
      !broadcasts_to(call.in[1],
                     indexed_shape(call.in[0], index, call.int_count - 1, call.ints + 1).shape))
    return "values do not broadcast to the indexed shape";
  return copied_operand_check(call, 0);
}

#define AM_SCATTER_KERNEL(name, KIND, check)                 \
  constexpr Kernel name##_kernel = {#name,                   \
                                    3,                       \
                                    scatter_chunks<KIND>,    \
                                    scatter_run<KIND>,       \
                                    scatter_workspace<KIND>, \
                                    nullptr,                 \
                                    scatter_phases<KIND>,    \
                                    check};
AM_SCATTER_KERNEL(scatter, SCATTER, scatter_check)
AM_SCATTER_KERNEL(scatter_add, SCATTER_ADD, scatter_check)
AM_SCATTER_KERNEL(index_copy, INDEX_COPY, index_slices_check)
AM_SCATTER_KERNEL(index_add, INDEX_ADD, index_slices_check)
AM_SCATTER_KERNEL(index_put, INDEX_PUT, index_put_check)

// masked_scatter: in x, mask bool (broadcast to x), source (dense). out: x with element k of the
// source at the k-th true element of the mask in row-major order; true elements beyond the source
// stay. ints, floats: none.
static int64_t masked_scatter_chunks(const Call &call, int32_t phase) {
  return phase == 0 ? copied_operand_chunks(call, 0) : 1;
}

static void masked_scatter_run(const Call &call, int32_t phase, int64_t chunk, char *) {
  if (phase == 0) return copied_operand_run(call, 0, chunk);
  const Tensor &y = call.out[0], &mask = call.in[1], &source = call.in[2];
  const Tensor *tensors[] = {&y, &mask};
  const Walk w = walk_of(y, tensors, 2);
  const int64_t bytes = bytes_of(y.dtype), most = elements(source), step = w.stride[0][w.rank - 1];
  const bool constant = w.stride[1][w.rank - 1] == 0;
  Place place = place_of(w, 0);
  for (int64_t at = 0, next = 0; at < w.count && next < most;) {
    const int64_t n = constant ? run_length(w, place, w.count - at) : 1;
    if (mask.data[place.offset[1]] != 0) {
      const int64_t taken = min64(n, most - next);
      copy_elements(y.data + place.offset[0] * bytes, step, source.data + next * bytes, 1, taken,
                    bytes);
      next += taken;
    }
    advance(w, place, n);
    at += n;
  }
}

static const char *masked_scatter_check(const Call &call) {
  if (call.in_count != 3 || call.out_count != 1) return "takes x, mask, source";
  if (call.in[1].dtype != BOOL || !broadcasts_to(call.in[1], call.in[0]) ||
      call.in[2].dtype != call.in[0].dtype || !is_dense(call.in[2]))
    return "the mask must be bool and broadcast to x, the source dense with the dtype of x";
  return copied_operand_check(call, 0);
}
constexpr Kernel masked_scatter_kernel = {
    "masked_scatter", 2,       masked_scatter_chunks, masked_scatter_run, nullptr,
    nullptr,          nullptr, masked_scatter_check};

}  // namespace automodel::AM_ISA
