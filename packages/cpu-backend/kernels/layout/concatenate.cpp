// concatenate: in pieces of one dtype (any strides); out: the pieces one after the other along a
// dimension. ints: [dimension]. Each piece is copied as the kernel copy does; all are one piece of
// work.

#include "../prelude.h"
#include "../operand.h"
#include "copy.h"
#include "part-copy.h"

namespace automodel::AM_ISA {

static PartCopy piece_copy(const Call &call, int k, int64_t start) {
  PartCopy p = {call.in[k], call.out[0]};
  const int d = (int)call.ints[0];
  if (call.out[0].data != nullptr) move_start(p.to, d, start);
  p.to.shape[d] = p.from.shape[d];
  return p;
}

static int64_t concatenate_chunks(const Call &call, int32_t) {
  int64_t total = 0;
  for (int k = 0; k < call.in_count; k++)
    total += elements(call.in[k]) == 0 ? 0 : copy_chunks(call_of(piece_copy(call, k, 0)), 0);
  return total;
}

static void concatenate_run(const Call &call, int32_t, int64_t chunk, char *scratch) {
  int64_t start = 0;
  for (int k = 0; k < call.in_count; k++) {
    const PartCopy piece = piece_copy(call, k, start);
    const int64_t own = elements(piece.from) == 0 ? 0 : copy_chunks(call_of(piece), 0);
    if (chunk < own) return copy_run(call_of(piece), 0, chunk, scratch);
    chunk -= own;
    start += piece.from.shape[call.ints[0]];
  }
}

static const char *concatenate_check(const Call &call) {
  if (call.in_count < 1 || call.out_count != 1 || call.int_count != 1)
    return "takes pieces and gives one result; ints are the dimension";
  const Tensor &out = call.out[0];
  const int64_t dim = call.ints[0];
  if (dim < 0 || dim >= out.rank) return "joins along a dimension that the result lacks";
  int64_t total = 0;
  for (int k = 0; k < call.in_count; k++) {
    const Tensor &piece = call.in[k];
    if (!present(piece) || piece.rank != out.rank || piece.dtype != out.dtype)
      return "pieces must have the rank and the dtype of the result";
    for (int d = 0; d < out.rank; d++) {
      if (d != dim && piece.shape[d] != out.shape[d])
        return "pieces must have the shape of the result but for one dimension";
    }
    total += piece.shape[dim];
  }
  return total == out.shape[dim] ? nullptr : "the pieces do not fill the result";
}

constexpr Kernel concatenate_kernel = {
    "concatenate", 1,       concatenate_chunks, concatenate_run, nullptr,
    nullptr,       nullptr, concatenate_check};

}  // namespace automodel::AM_ISA
