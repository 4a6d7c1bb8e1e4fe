// clip_flag: in: loss f32 0-d, squared norms f64 (any shapes, dense), one tensor or more. out: norm
// f32, clip scale f32 = min(1, max_norm / (norm + 1e-6)), flag f32: 1 where loss and norm are
// finite. floats: [max_norm] (infinite: no clipping). Norms are added up in their order.

#include "../prelude.h"
#include "../operand.h"
#include "../vector/vector.h"

namespace automodel::AM_ISA {

static int64_t one_chunk(const Call &, int32_t) { return 1; }

static void clip_flag_run(const Call &call, int32_t, int64_t, char *) {
  double total = 0.0;
  for (int k = 1; k < call.in_count; k++) {
    for (int64_t i = 0; i < elements(call.in[k]); i++)
      total += read_as<double>(call.in[k].data + 8 * i);
  }
  const double norm = ::sqrt(total), most = call.floats[0], loss = (double)scalar_of(call.in[0]);
  const double scale = most / (norm + 1e-6);
  const bool finite = loss - loss == 0.0 && norm - norm == 0.0;
  store_one((float *)call.out[0].data, (float)norm);
  store_one((float *)call.out[1].data, scale < 1.0 ? (float)scale : 1.0f);
  store_one((float *)call.out[2].data, finite ? 1.0f : 0.0f);
}

static const char *clip_flag_check(const Call &call) {
  if (call.in_count < 2 || call.out_count != 3 || call.float_count != 1)
    return "takes loss and squared norms and gives norm, clip scale and flag; floats are max_norm";
  if (elements(call.in[0]) != 1 || call.in[0].dtype != F32) return "the loss must be an f32 scalar";
  for (int k = 1; k < call.in_count; k++) {
    if (!present(call.in[k]) || !is_dense(call.in[k]) || call.in[k].dtype != F64)
      return "squared norms must be dense f64";
  }
  return nullptr;
}

constexpr Kernel clip_flag_kernel = {"clip_flag", 1,       one_chunk, clip_flag_run,
                                     nullptr,     nullptr, nullptr,   clip_flag_check};

}  // namespace automodel::AM_ISA
