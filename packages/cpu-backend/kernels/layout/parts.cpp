// Copies to and from parts of tensors; any dtype, any strides of operands.
// slice_scatter: in x, part; out: x with x[start:..:step] replaced by part; may be x itself. ints:
// [start of each dimension, step of each dimension].
// pad: in x; out y. ints: [elements before, elements after, of each dimension from the first on];
// negative ones cut. floats: [value].
// flip: in x; out y, x read backwards. ints: [dimensions]. tril, triu: in x[.., R, C]; out y;
// entries on the other side of the diagonal are zero. ints: [diagonal].

#include "../prelude.h"
#include "../creation/fill.h"
#include "../elementwise/elementwise.h"
#include "../indexing/indexed.h"
#include "../norm/rows.h"
#include "../operand.h"
#include "../reduce/lines.h"
#include "copied-operand.h"
#include "copy.h"
#include "part-copy.h"

namespace automodel::AM_ISA {

static PartCopy slice_scatter_part(const Call &call) {
  PartCopy p = {call.in[1], call.out[0]};
  const int rank = p.to.rank;
  for (int d = 0; d < rank; d++) {
    move_start(p.to, d, call.ints[d]);
    p.to.shape[d] = p.from.shape[d];
    p.to.stride[d] *= call.ints[rank + d];
  }
  return p;
}

static int64_t slice_scatter_chunks(const Call &call, int32_t phase) {
  return phase == 0 ? copied_operand_chunks(call, 0)
                    : copy_chunks(call_of(slice_scatter_part(call)), 0);
}

static void slice_scatter_run(const Call &call, int32_t phase, int64_t chunk, char *) {
  if (phase == 0) return copied_operand_run(call, 0, chunk);
  const PartCopy p = slice_scatter_part(call);
  copy_run(call_of(p), 0, chunk, nullptr);
}

static const char *slice_scatter_check(const Call &call) {
  if (call.in_count != 2 || call.out_count != 1) return "takes x and part";
  const Tensor &x = call.in[0], &part = call.in[1];
  if (call.int_count != 2 * x.rank || part.rank != x.rank || part.dtype != x.dtype)
    return "the part must look like x; ints are starts and steps";
  for (int d = 0; d < x.rank; d++) {
    const int64_t start = call.ints[d], step = call.ints[x.rank + d];
    if (step < 1 || start < 0 ||
        (part.shape[d] > 0 && start + (part.shape[d] - 1) * step >= x.shape[d]))
      return "the part lies outside x";
  }
  return copied_operand_check(call, 0);
}

static PartCopy pad_part(const Call &call) {
  PartCopy p = {call.in[0], call.out[0]};
  for (int d = 0; d < p.to.rank; d++) {
    const int64_t before = call.ints[2 * d], after = call.ints[2 * d + 1];
    const int64_t kept = max64(0, p.from.shape[d] + min64(0, before) + min64(0, after));
    move_start(p.from, d, max64(0, -before));
    move_start(p.to, d, max64(0, before));
    p.from.shape[d] = p.to.shape[d] = kept;
  }
  return p;
}

static int64_t pad_chunks(const Call &call, int32_t phase) {
  return phase == 0 ? elementwise_chunks(call, 0) : copy_chunks(call_of(pad_part(call)), 0);
}

static void pad_run(const Call &call, int32_t phase, int64_t chunk, char *) {
  if (phase == 0) return fill_elements<double>(call.out[0], chunk, call.floats[0]);
  const PartCopy p = pad_part(call);
  copy_run(call_of(p), 0, chunk, nullptr);
}

static const char *pad_check(const Call &call) {
  if (call.in_count != 1 || call.out_count != 1 || call.float_count != 1 ||
      call.int_count != 2 * call.in[0].rank || call.in[0].rank != call.out[0].rank ||
      call.in[0].dtype != call.out[0].dtype)
    return "takes x and gives y of its dtype; ints are the margins of each dimension, floats the "
           "value";
  for (int d = 0; d < call.in[0].rank; d++) {
    if (call.out[0].shape[d] != call.in[0].shape[d] + call.ints[2 * d] + call.ints[2 * d + 1])
      return "y must have the shape of x with its margins";
  }
  return nullptr;
}

static PartCopy flip_part(const Call &call) {
  PartCopy p = {call.in[0], call.out[0]};
  for (int i = 0; i < call.int_count; i++) {
    const int d = (int)(call.ints[i] < 0 ? call.ints[i] + p.from.rank : call.ints[i]);
    if (p.from.shape[d] > 0) move_start(p.from, d, p.from.shape[d] - 1);
    p.from.stride[d] = -p.from.stride[d];
  }
  return p;
}

static int64_t flip_chunks(const Call &call, int32_t) {
  return copy_chunks(call_of(flip_part(call)), 0);
}
static void flip_run(const Call &call, int32_t, int64_t chunk, char *) {
  const PartCopy p = flip_part(call);
  copy_run(call_of(p), 0, chunk, nullptr);
}
static const char *flip_check(const Call &call) {
  if (call.in_count != 1 || call.out_count != 1 || !same_shape(call.in[0], call.out[0]) ||
      call.in[0].dtype != call.out[0].dtype)
    return "takes x and gives y of its shape and dtype";
  return dimensions_fit(call, 0) ? nullptr : "a dimension is outside the tensor";
}

constexpr int64_t TRIANGLE_CHUNK = 32768;

static int64_t triangle_rows(const Tensor &x) {
  return max64(1, TRIANGLE_CHUNK / max64(1, width_of(x)));
}
static int64_t triangle_chunks(const Call &call, int32_t) {
  return elements(call.in[0]) == 0 ? 0 : ceil_div(rows_of(call.in[0]), triangle_rows(call.in[0]));
}

template <bool UPPER>
static void triangle_run(const Call &call, int32_t, int64_t chunk, char *) {
  const Tensor &x = call.in[0], &y = call.out[0];
  const int64_t width = width_of(x), bytes = bytes_of(x.dtype), rows = triangle_rows(x);
  const int64_t from_stride = x.stride[x.rank - 1], to_stride = y.stride[y.rank - 1];
  for (int64_t r = chunk * rows; r < min64(rows_of(x), (chunk + 1) * rows); r++) {
    const int64_t diagonal = r % x.shape[x.rank - 2] + call.ints[0];  // the column on the diagonal
    const int64_t first = UPPER ? min64(width, max64(0, diagonal)) : 0,
                  end = UPPER ? width : min64(width, max64(0, diagonal + 1));
    const char *from = row_at(x, r);
    char *to = row_at(y, r);
    if (from != to)
      copy_elements(to + first * to_stride * bytes, to_stride, from + first * from_stride * bytes,
                    from_stride, end - first, bytes);
    for (int64_t c = 0; c < width; c++) {
      if (c < first || c >= end) memset(to + c * to_stride * bytes, 0, (size_t)bytes);
    }
  }
}

static const char *triangle_check(const Call &call) {
  if (call.in_count != 1 || call.out_count != 1 || call.int_count != 1 || call.in[0].rank < 2)
    return "takes matrices; ints are the diagonal";
  return copied_operand_check(call, 0);
}

constexpr Kernel slice_scatter_kernel = {
    "slice_scatter", 2,       slice_scatter_chunks, slice_scatter_run, nullptr,
    nullptr,         nullptr, slice_scatter_check};
constexpr Kernel pad_kernel = {"pad", 2, pad_chunks, pad_run, nullptr, nullptr, nullptr, pad_check};
constexpr Kernel flip_kernel = {"flip",  1,       flip_chunks, flip_run,
                                nullptr, nullptr, nullptr,     flip_check};
constexpr Kernel tril_kernel = {"tril",  1,       triangle_chunks, triangle_run<false>,
                                nullptr, nullptr, nullptr,         triangle_check};
constexpr Kernel triu_kernel = {"triu",  1,       triangle_chunks, triangle_run<true>,
                                nullptr, nullptr, nullptr,         triangle_check};

}  // namespace automodel::AM_ISA
