// Elements that integer tensors name. A pass goes over the elements of a `dense` side (a gather's
// result, a scatter's source); for each of them the position on the other side is a fixed part,
// which follows the walk, plus, for every indexed dimension, the value of one index tensor times a
// stride.
#pragma once

#include "../prelude.h"
#include "../elementwise/walk.h"
#include "../layout/copy.h"
#include "../operand.h"
#include "../vector/vector.h"

namespace automodel::AM_ISA {

constexpr int MOST_INDICES = 4;

struct Indexed {
  // both of the walk's shape; `fixed` has stride 0 along indexed dimensions
  Tensor dense, fixed;
  Tensor index[MOST_INDICES];  // of the walk's shape, by broadcasting
  int indices;
  int64_t stride[MOST_INDICES], size[MOST_INDICES];  // of the indexed dimensions
  // dimensions of the walk along which positions are disjoint: work may be cut along them
  uint32_t kept;
};

AM_INLINE int dimension_of(int64_t dim, int rank) { return (int)(dim < 0 ? dim + rank : dim); }
AM_INLINE bool is_index(const Tensor &t) {
  return present(t) && (t.dtype == I64 || t.dtype == I32);
}
AM_INLINE int64_t whole_at(const char *data, DType dtype, int64_t i) {
  return dtype == I64 ? read_as<int64_t>(data + 8 * i) : read_as<int32_t>(data + 4 * i);
}

// A tensor broadcast to a shape: its strides there.
static Tensor broadcast_view(const Tensor &t, const Tensor &shaped) {
  Tensor view = t;
  view.rank = shaped.rank;
  for (int d = 0; d < shaped.rank; d++) {
    view.shape[d] = shaped.shape[d];
    view.stride[d] = broadcast_stride(t, shaped.rank, d);
  }
  return view;
}

// gather and scatter: `index` has the rank of `other` and names positions along `dim`.
static Indexed indexed_along(const Tensor &dense, const Tensor &other, const Tensor &index,
                             int64_t dim) {
  Indexed a = {};
  const int axis = dimension_of(dim, other.rank);
  a.indices = 1;
  a.index[0] = index;
  a.dense = broadcast_view(dense, index);
  a.fixed = broadcast_view(other, index);
  for (int d = 0; d < index.rank; d++) a.fixed.stride[d] = other.stride[d];
  a.stride[0] = other.rank > 0 ? other.stride[axis] : 0;
  a.size[0] = other.rank > 0 ? other.shape[axis] : 1;
  if (other.rank > 0) a.fixed.stride[axis] = 0;
  a.kept = ((1u << index.rank) - 1) & ~(1u << axis);
  return a;
}

// The shape of other[.., index, ..]: adjacent indexed dimensions are replaced in place by those
// that the indices broadcast to, otherwise these come first.
struct IndexedShape {
  int broadcast_rank, first;  // where the broadcast dimensions stand
  Tensor shape;
  // the dimension of `other` that a kept dimension is; -1 for broadcast ones
  int origin[MAX_RANK];
};

static IndexedShape indexed_shape(const Tensor &other, const Tensor *const *index, int indices,
                                  const int64_t *dims) {
  IndexedShape s = {};
  uint32_t indexed = 0;
  int low = other.rank, high = -1;
  int64_t broadcast[MAX_RANK] = {};
  for (int k = 0; k < indices; k++) {
    const int axis = dimension_of(dims[k], other.rank);
    indexed |= 1u << axis;
    low = axis < low ? axis : low;
    high = axis > high ? axis : high;
    s.broadcast_rank = index[k]->rank > s.broadcast_rank ? index[k]->rank : s.broadcast_rank;
  }
  for (int d = 0; d < s.broadcast_rank; d++) {
    broadcast[d] = 1;
    for (int k = 0; k < indices; k++) {
      const int own = d - (s.broadcast_rank - index[k]->rank);
      if (own >= 0 && index[k]->shape[own] != 1) broadcast[d] = index[k]->shape[own];
    }
  }
  const bool adjacent = high - low + 1 == indices;
  int rank = 0;
  const auto put_broadcast = [&] {
    s.first = rank;
    for (int d = 0; d < s.broadcast_rank; d++, rank++) {
      s.shape.shape[rank] = broadcast[d];
      s.origin[rank] = -1;
    }
  };
  if (!adjacent) put_broadcast();
  for (int d = 0; d < other.rank; d++) {
    if (adjacent && d == low) put_broadcast();
    if (indexed >> d & 1) continue;
    s.shape.shape[rank] = other.shape[d];
    s.origin[rank++] = d;
  }
  s.shape.rank = rank;
  return s;
}

static Indexed indexed_by(const Tensor &dense, const Tensor &other, const Tensor *const *index,
                          int indices, const int64_t *dims) {
  Indexed a = {};
  const IndexedShape s = indexed_shape(other, index, indices, dims);
  a.indices = indices;
  a.dense = broadcast_view(dense, s.shape);
  a.fixed = other;
  a.fixed.rank = s.shape.rank;
  for (int d = 0; d < s.shape.rank; d++) {
    a.fixed.shape[d] = s.shape.shape[d];
    a.fixed.stride[d] = s.origin[d] < 0 ? 0 : other.stride[s.origin[d]];
    if (s.origin[d] >= 0) a.kept |= 1u << d;
  }
  for (int k = 0; k < indices; k++) {
    const int axis = dimension_of(dims[k], other.rank);
    a.stride[k] = other.stride[axis];
    a.size[k] = other.shape[axis];
    a.index[k] = *index[k];
    a.index[k].rank = s.shape.rank;
    for (int d = 0; d < s.shape.rank; d++) {
      const int own = d - s.first - (s.broadcast_rank - index[k]->rank);
      a.index[k].shape[d] = s.shape.shape[d];
      a.index[k].stride[d] =
          d < s.first || own < 0 || own >= index[k]->rank || index[k]->shape[own] == 1
              ? 0
              : index[k]->stride[own];
    }
  }
  return a;
}

// Only elements [from, to) along dimension d of the walk.
static void narrow_indexed(Indexed &a, int d, int64_t from, int64_t to) {
  Tensor *tensors[2 + MOST_INDICES] = {&a.dense, &a.fixed};
  for (int k = 0; k < a.indices; k++) tensors[2 + k] = &a.index[k];
  for (int k = 0; k < 2 + a.indices; k++) {
    tensors[k]->shape[d] = to - from;
    tensors[k]->data += from * tensors[k]->stride[d] * bytes_of(tensors[k]->dtype);
  }
}

// Calls use(dense offset, other offset, stride of dense, stride of other, n) for runs of elements
// [from, to) whose indices are the same; the other offset is -1 where an index is outside its
// dimension.
template <class Use>
static void for_indexed(const Indexed &a, int64_t from, int64_t to, Use use) {
  const Tensor *tensors[2 + MOST_INDICES] = {&a.dense, &a.fixed};
  for (int k = 0; k < a.indices; k++) tensors[2 + k] = &a.index[k];
  const Walk w = walk_of(a.dense, tensors, 2 + a.indices);
  const int inner = w.rank - 1;
  bool constant = true;
  for (int k = 0; k < a.indices; k++) constant = constant && w.stride[2 + k][inner] == 0;
  Place place = place_of(w, from);
  for (int64_t at = from; at < min64(to, w.count);) {
    const int64_t n = run_length(w, place, min64(to, w.count) - at), step = constant ? n : 1;
    for (int64_t i = 0; i < n; i += step) {
      int64_t offset = place.offset[1] + i * w.stride[1][inner];
      for (int k = 0; k < a.indices && offset >= 0; k++) {
        const int64_t value = whole_at(a.index[k].data, a.index[k].dtype,
                                       place.offset[2 + k] + i * w.stride[2 + k][inner]),
                      position = value < 0 ? value + a.size[k] : value;
        offset = position < 0 || position >= a.size[k] ? -1 : offset + position * a.stride[k];
      }
      use(place.offset[0] + i * w.stride[0][inner], offset, w.stride[0][inner], w.stride[1][inner],
          step);
    }
    advance(w, place, n);
    at += n;
  }
}

// n elements of `bytes` bytes each.
static void copy_elements(char *to, int64_t to_stride, const char *from, int64_t from_stride,
                          int64_t n, int64_t bytes) {
  if (to_stride == 1 && from_stride == 1 && n > 1)
    memcpy(to, from, (size_t)(n * bytes));
  else if (bytes == 4)
    copy_strided<uint32_t>(to, to_stride, from, from_stride, n);
  else if (bytes == 2)
    copy_strided<uint16_t>(to, to_stride, from, from_stride, n);
  else if (bytes == 8)
    copy_strided<uint64_t>(to, to_stride, from, from_stride, n);
  else
    copy_strided<uint8_t>(to, to_stride, from, from_stride, n);
}

template <class T>
static void add_elements_as(char *to, int64_t to_stride, const char *from, int64_t from_stride,
                            int64_t n) {
  constexpr int64_t bytes = sizeof(T);
  for (int64_t i = 0; i < n; i++) {
    const T sum =
        (T)(read_as<T>(to + i * to_stride * bytes) + read_as<T>(from + i * from_stride * bytes));
    memcpy(to + i * to_stride * bytes, &sum, sizeof(T));
  }
}

static void add_floats(char *to, int64_t to_stride, const char *from, int64_t from_stride,
                       int64_t n, DType dtype) {
  if (to_stride == 1 && from_stride == 1 && n > 1) {
    for (int64_t i = 0; i < n; i += LANES) {
      const int lanes = (int)min64(LANES, n - i);
      store_lanes(to, F32, i, load_lanes(to, F32, i, lanes) + load_lanes(from, dtype, i, lanes),
                  lanes);
    }
  } else {
    for (int64_t i = 0; i < n; i++)
      store_one((float *)(to + 4 * i * to_stride),
                element_at(to, F32, i * to_stride) + element_at(from, dtype, i * from_stride));
  }
}

// n elements of `dtype` are added to elements of that type, floats (f32, bf16, f16) to f32. Whole
// numbers wrap; bool is `or`.
static void add_elements(char *to, int64_t to_stride, const char *from, int64_t from_stride,
                         int64_t n, DType dtype) {
  switch (dtype) {
    case F64:
      return add_elements_as<double>(to, to_stride, from, from_stride, n);
    case I64:
      return add_elements_as<uint64_t>(to, to_stride, from, from_stride, n);
    case I32:
      return add_elements_as<uint32_t>(to, to_stride, from, from_stride, n);
    case BOOL:
      return add_elements_as<bool>(to, to_stride, from, from_stride, n);
    default:
      return add_floats(to, to_stride, from, from_stride, n, dtype);
  }
}

}  // namespace automodel::AM_ISA
