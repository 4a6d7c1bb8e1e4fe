// quantized_linear: in x [.., K] (f32, bf16 or f16, any strides that fold to rows), bias? [N], then
// the parts of a quantised weight [rows, columns] (see codes.h). out: [.., N] like x, dense.
// ints: [format, rows, columns, transposed, compute: 0 f32, 1 operands rounded to bf16]. x W^T +
// bias, K = columns and N = rows; transposed: x W, K = rows and N = columns.
// The rows of x are packed once for all chunks; each chunk turns its slab of the weight into
// numbers block by block, so each code is read once (twice where sums of bf16 results are
// buffered).

#include "../prelude.h"
#include "../gemm/matrix.h"
#include "../gemm/product.h"
#include "../operand.h"
#include "codes.h"

namespace automodel::AM_ISA {

// Places in the call.
struct QuantizedLinearInt {
  enum { FORMAT, ROWS, COLUMNS, TRANSPOSED, COMPUTE };
};
struct QuantizedLinearIn {
  enum { X, BIAS };
};

static Product quantized_product(const Call &call, const Quantized &q) {
  const Tensor x = as_matrix(call.in[QuantizedLinearIn::X]), &out = call.out[0];
  const bool transposed = call.ints[QuantizedLinearInt::TRANSPOSED] != 0;
  Product p = {};
  p.depth = transposed ? q.rows : q.columns;
  p.columns = transposed ? q.columns : q.rows;
  p.rows = p.depth == 0 ? 0 : elements(x) / p.depth;
  p.left = {x.data, x.dtype, x.shape[x.rank - 1], 1};
  p.right = {nullptr, F32, transposed ? 1 : q.columns, transposed ? q.columns : 1, &q};
  p.out = out.data;
  p.out_dtype = out.dtype;
  p.out_row_stride = p.columns;
  p.out_column_stride = 1;
  if (has_in(call, QuantizedLinearIn::BIAS)) {
    p.bias = call.in[QuantizedLinearIn::BIAS].data;
    p.bias_dtype = call.in[QuantizedLinearIn::BIAS].dtype;
    p.bias_column_stride = call.in[QuantizedLinearIn::BIAS].stride[0];
  }
  p.alpha = p.beta = 1.0f;
  p.bf16_compute = call.ints[QuantizedLinearInt::COMPUTE] != 0;
  p.grid_rows = p.rows;
  p.grid_columns = p.columns;
  p.grid_depth = p.depth;
  return p;
}

static int64_t quantized_linear_chunks(const Call &call, int32_t phase) {
  const Quantized q = quantized_of(call, 2);
  const Product p = quantized_product(call, q);
  if (p.rows == 0 || p.columns == 0) return 0;
  const ProductGrid grid = grid_of(p, true);
  return phase == 0 ? grid.pack_chunks : grid.slabs * grid.groups;
}

static void quantized_linear_run(const Call &call, int32_t phase, int64_t chunk, char *scratch) {
  const Quantized q = quantized_of(call, 2);
  const Product p = quantized_product(call, q);
  const ProductGrid grid = grid_of(p, true);
  if (phase == 0)
    product_pack(p, grid, chunk, call.workspace);
  else
    product_multiply(p, grid, chunk, call.workspace, scratch);
}

static int64_t quantized_linear_workspace(const Call &call) {
  const Quantized q = quantized_of(call, 2);
  return product_workspace(grid_of(quantized_product(call, q), true));
}

static int64_t quantized_linear_scratch(const Call &call) {
  const Quantized q = quantized_of(call, 2);
  const ProductGrid grid = grid_of(quantized_product(call, q), true);
  return product_scratch(grid) + quantized_scratch(grid);
}

static const char *quantized_linear_check(const Call &call) {
  if (call.in_count < 4 || call.out_count != 1 || call.int_count != 5)
    return "takes x, bias?, the parts of a weight and gives out; ints are format, rows, columns, "
           "transposed, compute";
  const char *complaint = quantized_check(call, 2);
  if (complaint != nullptr) return complaint;
  const Tensor &x = call.in[QuantizedLinearIn::X], &out = call.out[0];
  const int64_t inner = call.ints[call.ints[QuantizedLinearInt::TRANSPOSED] != 0 ? 1 : 2],
                outer = call.ints[call.ints[QuantizedLinearInt::TRANSPOSED] != 0 ? 2 : 1];
  if (x.rank < 1 || out.rank != x.rank || x.shape[x.rank - 1] != inner ||
      out.shape[out.rank - 1] != outer || !is_storage(x) || !is_storage(out) || !is_dense(x))
    return "x must be a dense float [.., K] and out [.., N]";
  if (has_in(call, QuantizedLinearIn::BIAS) &&
      (call.in[QuantizedLinearIn::BIAS].rank != 1 ||
       call.in[QuantizedLinearIn::BIAS].shape[0] != outer ||
       !is_storage(call.in[QuantizedLinearIn::BIAS])))
    return "bias must be a float [N]";
  return nullptr;
}

constexpr Kernel quantized_linear_kernel = {"quantized_linear",
                                            2,
                                            quantized_linear_chunks,
                                            quantized_linear_run,
                                            quantized_linear_workspace,
                                            quantized_linear_scratch,
                                            nullptr,
                                            quantized_linear_check};

}  // namespace automodel::AM_ISA
