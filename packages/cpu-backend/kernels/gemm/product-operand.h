// The operands of a product, before they are packed.
#pragma once

#include "../prelude.h"
#include "../quantization/codes.h"

namespace automodel::AM_ISA {

// An operand as rows of depth elements: element (row, k) is data[row * row_stride + k *
// depth_stride].
struct Operand {
  const char *data;
  DType dtype;
  int64_t row_stride, depth_stride;
  // instead of data: codes, which become numbers block by block
  const Quantized *quantized = nullptr;
};

}  // namespace automodel::AM_ISA
