// argsort: in x (any dtype and strides); out i64 positions, dense, that sort each line along a
// dimension. ints: [dim, descending 0/1]. topk_idx: the first k of them. ints: [dim, largest 0/1].
// Stable: equal elements keep the lowest position first in both directions. NaN counts as larger
// than every number.

#include "../prelude.h"
#include "../elementwise/convert.h"
#include "../operand.h"
#include "../reduce/line-grid.h"
#include "../reduce/lines.h"
#include "indexed.h"

namespace automodel::AM_ISA {

constexpr int64_t ORDER_FEW = 32;  // up to this many positions are found without sorting the line

struct OrderScratch {
  char *values;  // of the line: double or int64_t
  int32_t *order, *other;
};
static OrderScratch order_scratch_of(int64_t length, char *scratch) {
  const int64_t values = round_up(length * 8, 64), order = round_up(length * 4, 64);
  return {scratch, (int32_t *)(scratch + values), (int32_t *)(scratch + values + order)};
}
static int64_t order_length(const Call &call) {
  return call.in[0].rank == 0 ? 1 : call.in[0].shape[dimension_of(call.ints[0], call.in[0].rank)];
}
static int64_t order_scratch(const Call &call) {
  return round_up(order_length(call) * 8, 64) + 2 * round_up(order_length(call) * 4, 64);
}

// Whether a must come before b although its position is after that of b.
template <class T>
AM_INLINE bool goes_before(T a, T b, bool descending) {
  const bool a_nan = a != a, b_nan = b != b;
  if (a_nan || b_nan) return descending ? a_nan && !b_nan : b_nan && !a_nan;
  return descending ? a > b : a < b;
}

// Merge sort of positions from runs of one up; returns the array that holds the result.
template <class T>
static const int32_t *sort_positions(const T *values, int32_t *order, int32_t *other, int64_t n,
                                     bool descending) {
  for (int64_t i = 0; i < n; i++) order[i] = (int32_t)i;
  for (int64_t run = 1; run < n; run *= 2) {
    for (int64_t start = 0; start < n; start += 2 * run) {
      const int64_t middle = min64(n, start + run), end = min64(n, start + 2 * run);
      int64_t left = start, right = middle;
      for (int64_t to = start; to < end; to++) {
        const bool from_right =
            left == middle ||
            (right < end && goes_before(values[order[right]], values[order[left]], descending));
        other[to] = order[from_right ? right++ : left++];
      }
    }
    int32_t *swapped = order;
    order = other;
    other = swapped;
  }
  return order;
}

// The first `count` positions, by inserting the line into a short sorted list.
template <class T>
static const int32_t *first_positions(const T *values, int32_t *order, int64_t n, int64_t count,
                                      bool descending) {
  int64_t length = 0;
  for (int64_t i = 0; i < n; i++) {
    if (length == count && !goes_before(values[i], values[order[count - 1]], descending)) continue;
    if (length < count) length++;
    int64_t at = length - 1;
    for (; at > 0 && goes_before(values[i], values[order[at - 1]], descending); at--)
      order[at] = order[at - 1];
    order[at] = (int32_t)i;
  }
  return order;
}

template <class T>
static void order_line(const Call &call, const LineGrid &g, int64_t start, int64_t to, int64_t step,
                       int64_t count, const OrderScratch &s) {
  const Tensor &x = call.in[0];
  T *values = (T *)s.values;
  read_run(values, x.data + start * bytes_of(x.dtype), x.dtype, g.r.reduced.stride[0][0], g.length);
  const bool descending = call.ints[1] != 0;
  const int32_t *order = count <= ORDER_FEW
                             ? first_positions(values, s.order, g.length, count, descending)
                             : sort_positions(values, s.order, s.other, g.length, descending);
  for (int64_t i = 0; i < count; i++) {
    const int64_t position = order[i];
    memcpy(call.out[0].data + (to + i * step) * 8, &position, 8);
  }
}

static LineGrid order_grid(const Call &call, const Tensor &t) {
  return line_grid(t, t.rank == 0 ? 0 : 1u << dimension_of(call.ints[0], t.rank));
}

static void order_run(const Call &call, int32_t, int64_t chunk, char *scratch) {
  const LineGrid g = order_grid(call, call.in[0]), out = order_grid(call, call.out[0]);
  const OrderScratch s = order_scratch_of(g.length, scratch);
  for (int64_t line = chunk * g.lines_a_chunk; line < min64(g.lines, (chunk + 1) * g.lines_a_chunk);
       line++) {
    const int64_t from = line_start(g.r, line), to = line_start(out.r, line),
                  step = out.r.reduced.stride[0][0];
    if (domain_of(call.in[0].dtype) == WHOLES)
      order_line<int64_t>(call, g, from, to, step, out.length, s);
    else
      order_line<double>(call, g, from, to, step, out.length, s);
  }
}

static int64_t order_chunks(const Call &call, int32_t) {
  const LineGrid g = order_grid(call, call.in[0]);
  return elements(call.out[0]) == 0 ? 0 : ceil_div(g.lines, g.lines_a_chunk);
}

static const char *order_check(const Call &call) {
  if (call.in_count != 1 || call.out_count != 1 || call.int_count != 2)
    return "takes x and gives positions; ints are the dimension and the direction";
  const Tensor &x = call.in[0], &y = call.out[0];
  if (y.dtype != I64 || y.rank != x.rank) return "positions must be i64 with the rank of x";
  if (x.rank > 0 && (call.ints[0] < -x.rank || call.ints[0] >= x.rank))
    return "the dimension is outside the tensor";
  for (int d = 0; d < x.rank; d++) {
    const bool ordered = d == dimension_of(call.ints[0], x.rank);
    if (ordered ? y.shape[d] > x.shape[d] : y.shape[d] != x.shape[d])
      return "positions must have the shape of x, or fewer along the dimension";
  }
  return order_length(call) > INT32_MAX ? "a line is too long" : nullptr;
}

constexpr Kernel argsort_kernel = {"argsort",     1,       order_chunks, order_run, nullptr,
                                   order_scratch, nullptr, order_check};
constexpr Kernel topk_idx_kernel = {"topk_idx",    1,       order_chunks, order_run, nullptr,
                                    order_scratch, nullptr, order_check};

}  // namespace automodel::AM_ISA
