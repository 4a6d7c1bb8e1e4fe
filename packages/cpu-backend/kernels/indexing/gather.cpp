// gather: in x, index (i64 or i32, rank of x); out y of the shape of index: y[i][j] =
// x[index[i][j]][j] for dim 0. ints: [dim].
// index: in x, one to four index tensors; out x[.., index, ..] as in NumPy. ints: [the dimension of
// each index].
// Any dtype of x, any strides. Negative indices count from the end; one outside the dimension gives
// NaN (whole numbers -1, bool false).

#include "../prelude.h"
#include "../elementwise/elementwise.h"
#include "../operand.h"
#include "index-checks.h"
#include "indexed.h"

namespace automodel::AM_ISA {

static void missing_elements(char *to, int64_t stride, int64_t n, DType dtype) {
  const int64_t bytes = bytes_of(dtype);
  for (int64_t i = 0; i < n; i++)
    memset(to + i * stride * bytes, dtype == BOOL ? 0 : 0xff, (size_t)bytes);
}

static void gather_elements(const Indexed &a, int64_t chunk) {
  const int64_t bytes = bytes_of(a.fixed.dtype);
  for_indexed(a, chunk * ELEMENTWISE_CHUNK, (chunk + 1) * ELEMENTWISE_CHUNK,
              [&](int64_t to, int64_t from, int64_t to_stride, int64_t from_stride, int64_t n) {
                if (from < 0)
                  missing_elements(a.dense.data + to * bytes, to_stride, n, a.dense.dtype);
                else
                  copy_elements(a.dense.data + to * bytes, to_stride, a.fixed.data + from * bytes,
                                from_stride, n, bytes);
              });
}

static void gather_run(const Call &call, int32_t, int64_t chunk, char *) {
  gather_elements(indexed_along(call.out[0], call.in[0], call.in[1], call.ints[0]), chunk);
}

static void index_run(const Call &call, int32_t, int64_t chunk, char *) {
  const Tensor *index[MOST_INDICES];
  for (int k = 0; k < call.int_count; k++) index[k] = &call.in[1 + k];
  gather_elements(indexed_by(call.out[0], call.in[0], index, call.int_count, call.ints), chunk);
}

static const char *gather_check(const Call &call) {
  const char *complaint = along_check(call, 2);
  if (complaint != nullptr) return complaint;
  return same_shape(call.in[1], call.out[0]) && call.in[0].dtype == call.out[0].dtype
             ? nullptr
             : "y must have the shape of the index and the dtype of x";
}

static const char *index_check(const Call &call) {
  const char *complaint = indices_check(call, 1, 0);
  if (complaint != nullptr) return complaint;
  const Tensor *index[MOST_INDICES];
  for (int k = 0; k < call.int_count; k++) index[k] = &call.in[1 + k];
  return call.out_count == 1 && call.in[0].dtype == call.out[0].dtype &&
                 same_shape(indexed_shape(call.in[0], index, call.int_count, call.ints).shape,
                            call.out[0])
             ? nullptr
             : "y does not have the indexed shape";
}

constexpr Kernel gather_kernel = {"gather", 1,       elementwise_chunks, gather_run, nullptr,
                                  nullptr,  nullptr, gather_check};
constexpr Kernel index_kernel = {"index", 1,       elementwise_chunks, index_run, nullptr,
                                 nullptr, nullptr, index_check};

}  // namespace automodel::AM_ISA
