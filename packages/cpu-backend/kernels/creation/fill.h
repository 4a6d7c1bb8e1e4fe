// One chunk of a tensor of any dtype and strides filled with one value.
#pragma once

#include "../prelude.h"
#include "../elementwise/convert.h"
#include "../elementwise/elementwise.h"
#include "../elementwise/walk.h"
#include "../operand.h"

namespace automodel::AM_ISA {

template <class T>
static void fill_elements(const Tensor &y, int64_t chunk, T value) {
  const Tensor *tensors[] = {&y};
  const Walk w = walk_of(y, tensors, 1);
  T block[BLOCK];
  for (int i = 0; i < BLOCK; i++) block[i] = value;
  const int64_t end = min64(w.count, (chunk + 1) * ELEMENTWISE_CHUNK);
  Place place = place_of(w, chunk * ELEMENTWISE_CHUNK);
  for (int64_t at = chunk * ELEMENTWISE_CHUNK; at < end;) {
    const int64_t n = run_length(w, place, min64(BLOCK, end - at));
    write_run(y.data + place.offset[0] * bytes_of(y.dtype), block, y.dtype, w.stride[0][w.rank - 1],
              n);
    advance(w, place, n);
    at += n;
  }
}

}  // namespace automodel::AM_ISA
