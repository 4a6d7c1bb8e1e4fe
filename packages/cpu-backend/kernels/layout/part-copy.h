// A part of one tensor copied from or into another: both as views that the functions of copy.h
// take.
#pragma once

#include "../prelude.h"
#include "../operand.h"

namespace automodel::AM_ISA {

// `part` is copied from or into a view, by the copy kernel.
struct PartCopy {
  Tensor from, to;
};
AM_INLINE Call call_of(const PartCopy &p) {
  return {&p.from, &p.to, 1, 1, nullptr, nullptr, 0, 0, nullptr};
}
AM_INLINE void move_start(Tensor &t, int d, int64_t by) {
  t.data += by * t.stride[d] * bytes_of(t.dtype);
}

}  // namespace automodel::AM_ISA
