// dequantize: in codes, absmax, nested_absmax?, nested_offset? (see codes.h). out: f32 [rows,
// columns], dense. ints: [format, rows, columns]. A chunk is a row.

#include "../prelude.h"
#include "codes.h"

namespace automodel::AM_ISA {

static int64_t dequantize_chunks(const Call &call, int32_t) {
  return call.ints[2] == 0 ? 0 : call.ints[1];
}

static void dequantize_run(const Call &call, int32_t, int64_t row, char *) {
  const Quantized q = quantized_of(call, 0);
  dequantize_row(q, row, 0, q.columns, (float *)call.out[0].data + row * q.columns);
}

static const char *dequantize_check(const Call &call) {
  const char *complaint = quantized_check(call, 0);
  if (complaint != nullptr) return complaint;
  if (call.out_count != 1 || call.out[0].dtype != F32 || call.out[0].rank != 2 ||
      call.out[0].shape[0] != call.ints[1] || call.out[0].shape[1] != call.ints[2])
    return "the result must be f32 [rows, columns]";
  return nullptr;
}

constexpr Kernel dequantize_kernel = {"dequantize", 1,       dequantize_chunks, dequantize_run,
                                      nullptr,      nullptr, nullptr,           dequantize_check};

}  // namespace automodel::AM_ISA
