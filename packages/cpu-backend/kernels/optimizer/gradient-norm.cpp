// squared_norm: sum of squares in f64. in: x (any float or f64, dense). out: f64 0-d. Partial sums
// of fixed pieces, combined in their order.
// clip_flag: in: loss f32 0-d, squared norms f64 0-d, one or more. out: norm f32, clip scale f32 =
// min(1, max_norm / (norm + 1e-6)), flag f32: 1 where loss and norm are finite. floats: [max_norm]
// (infinite: no clipping).

#include "../prelude.h"
#include "../elementwise/convert.h"
#include "../elementwise/elementwise.h"
#include "../operand.h"
#include "../vector/vector.h"

namespace automodel::AM_ISA {

constexpr int64_t SQUARED_NORM_CHUNK = 65536;
constexpr int SQUARED_NORM_LANES = 16;

static int64_t squared_norm_chunks(const Call &call, int32_t phase) {
  return phase == 0 ? ceil_div(elements(call.in[0]), SQUARED_NORM_CHUNK) : 1;
}
static int64_t squared_norm_workspace(const Call &call) {
  return ceil_div(elements(call.in[0]), SQUARED_NORM_CHUNK) * 8;
}

template <class T>
static double sum_of_squares_as_double(const T *x, int64_t n) {
  double total[SQUARED_NORM_LANES] = {};
  int64_t i = 0;
  for (; i + SQUARED_NORM_LANES <= n; i += SQUARED_NORM_LANES) {
    for (int k = 0; k < SQUARED_NORM_LANES; k++) total[k] += (double)x[i + k] * (double)x[i + k];
  }
  for (int k = 0; i < n; i++, k++) total[k] += (double)x[i] * (double)x[i];
  for (int width = SQUARED_NORM_LANES / 2; width > 0; width /= 2) {
    for (int k = 0; k < width; k++) total[k] += total[k + width];
  }
  return total[0];
}

static void squared_norm_run(const Call &call, int32_t phase, int64_t chunk, char *) {
  const Tensor &x = call.in[0];
  double *partials = (double *)call.workspace;
  if (phase == 1) {
    double total = 0.0;
    for (int64_t k = 0; k < squared_norm_chunks(call, 0); k++) total += partials[k];
    memcpy(call.out[0].data, &total, 8);
    return;
  }
  const int64_t end = min64(elements(x), (chunk + 1) * SQUARED_NORM_CHUNK);
  alignas(64) float block[BLOCK];
  double total = 0.0;
  for (int64_t i = chunk * SQUARED_NORM_CHUNK; i < end; i += BLOCK) {
    const int64_t n = min64(BLOCK, end - i);
    const char *from = x.data + i * bytes_of(x.dtype);
    if (x.dtype == F64) {
      alignas(64) double wide[BLOCK];
      memcpy(wide, from, (size_t)n * 8);
      total += sum_of_squares_as_double(wide, n);
    } else if (x.dtype == F32 && ((uintptr_t)from & 3) == 0) {
      total += sum_of_squares_as_double((const float *)from, n);
    } else {
      read_run(block, from, x.dtype, 1, n);
      total += sum_of_squares_as_double(block, n);
    }
  }
  partials[chunk] = total;
}

static const char *squared_norm_check(const Call &call) {
  if (call.in_count != 1 || call.out_count != 1 || call.out[0].dtype != F64 ||
      elements(call.out[0]) != 1)
    return "takes x and gives an f64 scalar";
  if (domain_of(call.in[0].dtype) == WHOLES || !is_dense(call.in[0]))
    return "x must be dense floats";
  return nullptr;
}

static int64_t one_chunk(const Call &, int32_t) { return 1; }

static void clip_flag_run(const Call &call, int32_t, int64_t, char *) {
  double total = 0.0;
  for (int i = 1; i < call.in_count; i++) total += read_as<double>(call.in[i].data);
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
  for (int i = 0; i < call.in_count; i++) {
    if (elements(call.in[i]) != 1 || call.in[i].dtype != (i == 0 ? F32 : F64))
      return "the loss must be an f32 scalar, squared norms f64 scalars";
  }
  return nullptr;
}

constexpr Kernel squared_norm_kernel = {
    "squared_norm", 2,       squared_norm_chunks, squared_norm_run, squared_norm_workspace,
    nullptr,        nullptr, squared_norm_check};
constexpr Kernel clip_flag_kernel = {"clip_flag", 1,       one_chunk, clip_flag_run,
                                     nullptr,     nullptr, nullptr,   clip_flag_check};

}  // namespace automodel::AM_ISA
