// all_gather: in the pieces that this rank holds (any dtype, dense) and the group; out the pieces
// of all ranks, one after the other, floats in another float dtype where the result has one. ints:
// [ranks]. A rank puts its piece into its own result, from which the others copy it: so a piece may
// lie anywhere, and is converted once.

#include "../prelude.h"
#include "../cast/cast.h"
#include "../operand.h"
#include "group.h"

namespace automodel::AM_ISA {

static int64_t all_gather_chunks(const Call &call, int32_t phase) {
  if (phase == 0) return ceil_div(all_elements(call.in, call.out_count), COLLECTIVE_CHUNK);
  return phase == 1 && call.ints[0] > 1
             ? ceil_div(all_elements(call.out, call.out_count), COLLECTIVE_CHUNK)
             : 0;
}

// `count` elements as a row, from element `from` of a dense tensor on.
static Tensor row_of(const Tensor &t, int64_t from, int64_t count) {
  return {t.data + from * bytes_of(t.dtype), t.dtype, 1, {count}, {1}};
}

static void put_own(const Call &call, const Group &group, int64_t chunk) {
  const int64_t begin = chunk * COLLECTIVE_CHUNK;
  Parts parts(call.in, call.out_count, begin, begin + COLLECTIVE_CHUNK);
  for (Part part; parts.next(part);) {
    const Tensor &x = call.in[part.index], &y = call.out[part.index];
    const int64_t count = part.to - part.from;
    const Tensor from = row_of(x, part.from, count),
                 to = row_of(y, group.rank * elements(x) + part.from, count);
    if (x.dtype == y.dtype) {
      memcpy(to.data, from.data, (size_t)(count * bytes_of(x.dtype)));
      continue;
    }
    Call cast = {};
    cast.in = &from;
    cast.out = &to;
    cast.in_count = cast.out_count = 1;
    for (int64_t block = 0; block * ELEMENTWISE_CHUNK < count; block++)
      cast_run(cast, 0, block, nullptr);
  }
}

static void copy_others(const Call &call, const Group &group, int64_t chunk) {
  const int64_t begin = chunk * COLLECTIVE_CHUNK;
  Parts parts(call.out, call.out_count, begin, begin + COLLECTIVE_CHUNK);
  for (Part part; parts.next(part);) {
    const Tensor &y = call.out[part.index];
    const int64_t piece = elements(call.in[part.index]), size = bytes_of(y.dtype);
    for (int64_t from = part.from; from < part.to;) {
      const int64_t peer = from / piece, to = min64(part.to, (peer + 1) * piece);
      char *at = y.data + from * size;
      if (peer != group.rank) memcpy(at, at_peer(group, peer, at), (size_t)((to - from) * size));
      from = to;
    }
  }
}

static void all_gather_run(const Call &call, int32_t phase, int64_t chunk, char *) {
  if (phase == 0)
    put_own(call, group_of(call), chunk);
  else
    copy_others(call, group_of(call), chunk);
}

static const char *all_gather_check(const Call &call) {
  const char *complaint = check_travelling(call);
  if (complaint != nullptr) return complaint;
  for (int i = 0; i < call.out_count; i++) {
    const Tensor &x = call.in[i], &y = call.out[i];
    if (elements(y) != call.ints[0] * elements(x))
      return "results do not have the size of all pieces";
    if (x.dtype != y.dtype && !(is_float(y.dtype) && (is_float(x.dtype) || x.dtype == F64)))
      return "only floats are converted";
  }
  return nullptr;
}

constexpr Kernel all_gather_kernel = {
    "all_gather", 3,       all_gather_chunks, all_gather_run,   nullptr,
    nullptr,      nullptr, all_gather_check,  meets_after_first};

}  // namespace automodel::AM_ISA
