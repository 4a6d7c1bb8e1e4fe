// The conversion of one tensor into another of its shape, in chunks: what cast does, and what
// kernels whose result has another dtype do last.
#pragma once

#include "../prelude.h"
#include "../elementwise/convert.h"
#include "../elementwise/elementwise.h"
#include "../elementwise/walk.h"
#include "../operand.h"

namespace automodel::AM_ISA {

template <class T>
static void cast_elements(const Call &call, int64_t chunk) {
  const Tensor &x = call.in[0], &y = call.out[0];
  const Tensor *tensors[] = {&y, &x};
  const Walk w = walk_of(y, tensors, 2);
  const int64_t end = min64(w.count, (chunk + 1) * ELEMENTWISE_CHUNK);
  alignas(64) T block[BLOCK];
  Place place = place_of(w, chunk * ELEMENTWISE_CHUNK);
  for (int64_t at = chunk * ELEMENTWISE_CHUNK; at < end;) {
    const int64_t n = run_length(w, place, min64(BLOCK, end - at)),
                  stride = w.stride[1][w.rank - 1];
    const char *from = x.data + place.offset[1] * bytes_of(x.dtype);
    const bool ready = lies_ready<T>(from, x.dtype, stride);
    if (!ready) read_run(block, from, x.dtype, stride, n);
    write_run(y.data + place.offset[0] * bytes_of(y.dtype), ready ? (const T *)from : block,
              y.dtype, w.stride[0][w.rank - 1], n);
    advance(w, place, n);
    at += n;
  }
}

static void cast_run(const Call &call, int32_t, int64_t chunk, char *) {
  switch (domain_of(call.in[0].dtype)) {
    case FLOATS:
      return cast_elements<float>(call, chunk);
    case DOUBLES:
      return cast_elements<double>(call, chunk);
    case WHOLES:
      return cast_elements<int64_t>(call, chunk);
  }
}

}  // namespace automodel::AM_ISA
