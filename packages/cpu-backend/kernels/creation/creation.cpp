// fill: out y (any dtype, any strides) = value. floats: [value], or ints: [value] for whole
// numbers. arange: out y, dense, = start + step * i. floats: [start, step], or ints for whole
// numbers.

#include "../prelude.h"
#include "../elementwise/convert.h"
#include "../elementwise/elementwise.h"
#include "../operand.h"
#include "fill.h"

namespace automodel::AM_ISA {

static void fill_run(const Call &call, int32_t, int64_t chunk, char *) {
  if (call.int_count > 0)
    fill_elements<int64_t>(call.out[0], chunk, call.ints[0]);
  else if (call.out[0].dtype == F64)
    fill_elements<double>(call.out[0], chunk, call.floats[0]);
  else
    fill_elements<float>(call.out[0], chunk, (float)call.floats[0]);
}

static void arange_run(const Call &call, int32_t, int64_t chunk, char *) {
  const Tensor &y = call.out[0];
  const int64_t end = min64(elements(y), (chunk + 1) * ELEMENTWISE_CHUNK),
                bytes = bytes_of(y.dtype);
  for (int64_t i = chunk * ELEMENTWISE_CHUNK; i < end; i++) {
    if (call.int_count > 0) {
      const int64_t value =
          (int64_t)((uint64_t)call.ints[0] + (uint64_t)call.ints[1] * (uint64_t)i);
      write_run(y.data + i * bytes, &value, y.dtype, 1, 1);
    } else {
      const double value = call.floats[0] + call.floats[1] * (double)i;
      write_run(y.data + i * bytes, &value, y.dtype, 1, 1);
    }
  }
}

static const char *fill_check(const Call &call) {
  return call.in_count != 0 || call.out_count != 1 || call.int_count + call.float_count != 1
             ? "gives one result; ints or floats are the value"
             : nullptr;
}
static const char *arange_check(const Call &call) {
  if (call.in_count != 0 || call.out_count != 1 ||
      !((call.int_count == 2 && call.float_count == 0) ||
        (call.int_count == 0 && call.float_count == 2)))
    return "gives one result; ints or floats are start and step";
  return is_dense(call.out[0]) ? nullptr : "the result must have no gaps";
}

constexpr Kernel fill_kernel = {"fill",  1,       elementwise_chunks, fill_run, nullptr,
                                nullptr, nullptr, fill_check};
constexpr Kernel arange_kernel = {"arange", 1,       elementwise_chunks, arange_run, nullptr,
                                  nullptr,  nullptr, arange_check};

}  // namespace automodel::AM_ISA
