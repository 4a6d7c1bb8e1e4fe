// gemm_many: several products of matrices in one call, which share what they have in common.
// ints: [compute: 0 f32, 1 operands rounded to bf16; n, the number of products; along].
// along 0, one left side A[M,K]: in A, n times B[K,N_i], n times bias[N_i]?; out n times C[M,N_i].
// along 1, one right side B[K,N], each added to beta * accumulate: in n times A[M_i,K], B, n times
// accumulate[M_i,N], beta f32 (0: not read); out n times C[M_i,N].
// along 2, the sum of all: in n times A[M,K_i], n times B[K_i,N], accumulate[M,N]?; out C[M,N].
// f32, bf16 or f16 with any strides, results row-major; sums are f32.

#include "../prelude.h"
#include "../operand.h"
#include "few-rows.h"
#include "matrix.h"
#include "product.h"

namespace automodel::AM_ISA {

// Places in the call.
struct GemmManyInt {
  enum { COMPUTE, COUNT, ALONG };
};

struct GemmManyPlaces {
  int count;
  Along along;
  int lefts, rights, biases, accumulators, betas, outs;  // how many there are of each
};

static GemmManyPlaces gemm_many_places(const Call &call) {
  GemmManyPlaces p = {};
  p.count = (int)call.ints[GemmManyInt::COUNT];
  p.along = (Along)call.ints[GemmManyInt::ALONG];
  p.lefts = p.along == COLUMNS ? 1 : p.count;
  p.rights = p.along == ROWS ? 1 : p.count;
  p.biases = p.along == COLUMNS ? p.count : 0;
  p.accumulators = p.along == DEPTH ? 1 : p.along == ROWS ? p.count : 0;
  p.betas = p.along == ROWS ? 1 : 0;
  p.outs = p.along == DEPTH ? 1 : p.count;
  return p;
}

static Product gemm_many_product(const Call &call, const GemmManyPlaces &at, int i) {
  const int right = at.lefts, bias = right + at.rights, accumulator = bias + at.biases,
            beta = accumulator + at.accumulators;
  const Tensor &a = call.in[at.lefts == 1 ? 0 : i], &b = call.in[right + (at.rights == 1 ? 0 : i)],
               &c = call.out[at.outs == 1 ? 0 : i];
  Product p = {};
  p.rows = p.grid_rows = c.shape[0];
  p.columns = p.grid_columns = c.shape[1];
  p.depth = p.grid_depth = a.shape[1];
  p.left = {a.data, a.dtype, a.stride[0], a.stride[1]};
  p.right = {b.data, b.dtype, b.stride[1], b.stride[0]};
  p.out = c.data;
  p.out_dtype = c.dtype;
  p.out_row_stride = c.stride[0];
  p.out_column_stride = c.stride[1];
  p.alpha = 1.0f;
  p.beta = at.betas > 0 && call.in[beta].data != nullptr ? scalar_of(call.in[beta]) : 1.0f;
  p.bf16_compute = call.ints[GemmManyInt::COMPUTE] != 0;
  if (at.biases > 0 && has_in(call, bias + i)) {
    p.bias = call.in[bias + i].data;
    p.bias_dtype = call.in[bias + i].dtype;
    p.bias_column_stride = call.in[bias + i].stride[0];
  }
  const int previous = accumulator + (at.accumulators == 1 ? 0 : i);
  if (at.accumulators > 0 && has_in(call, previous)) {
    const Tensor &t = call.in[previous];
    p.previous = t.data;
    p.previous_dtype = t.dtype;
    p.previous_row_stride = t.stride[0];
    p.previous_column_stride = t.stride[1];
  }
  return p;
}

static JoinedProduct gemm_many_of(const Call &call) {
  const GemmManyPlaces at = gemm_many_places(call);
  JoinedProduct j;
  j.count = at.count;
  j.along = at.along;
  for (int i = 0; i < at.count; i++) j.of[i] = gemm_many_product(call, at, i);
  return j;
}

// Products of few rows read their right sides where they lie.
static bool have_few_rows(const JoinedProduct &j) {
  for (int i = 0; i < j.count; i++)
    if (j.along != COLUMNS || !has_few_rows(j.of[i])) return false;
  return true;
}

static int64_t gemm_many_chunks(const Call &call, int32_t phase) {
  const JoinedProduct j = gemm_many_of(call);
  if (have_few_rows(j)) {
    int64_t chunks = 0;
    for (int i = 0; i < j.count; i++) chunks += few_rows_chunks(j.of[i]);
    return phase == 0 ? 0 : chunks;
  }
  const ProductGrid grid = grid_of(j);
  return phase == 0 ? grid.pack_chunks : grid.slabs * grid.groups;
}

static void gemm_many_run(const Call &call, int32_t phase, int64_t chunk, char *scratch) {
  const JoinedProduct j = gemm_many_of(call);
  if (have_few_rows(j)) {
    int i = 0;
    for (; chunk >= few_rows_chunks(j.of[i]); i++) chunk -= few_rows_chunks(j.of[i]);
    return few_rows_multiply(j.of[i], chunk, scratch);
  }
  const ProductGrid grid = grid_of(j);
  if (phase == 0)
    product_pack(j, grid, chunk, call.workspace);
  else
    product_multiply(j, grid, chunk, call.workspace, scratch);
}

// Enough for every layout of the operands: the planner asks before it knows strides.
static int64_t gemm_many_workspace(const Call &call) {
  return product_workspace(grid_of(gemm_many_of(call)));
}

static int64_t gemm_many_scratch(const Call &call) {
  const JoinedProduct j = gemm_many_of(call);
  if (!have_few_rows(j)) return product_scratch(grid_of(j));
  int64_t bytes = 0;
  for (int i = 0; i < j.count; i++) bytes = max64(bytes, few_rows_scratch(j.of[i]));
  return bytes;
}

static const char *gemm_many_check(const Call &call) {
  if (call.int_count != 3 || call.ints[GemmManyInt::COUNT] < 1 ||
      call.ints[GemmManyInt::COUNT] > MAX_JOINED || call.ints[GemmManyInt::ALONG] < COLUMNS ||
      call.ints[GemmManyInt::ALONG] > DEPTH)
    return "ints are compute, the number of products and how they lie";
  const GemmManyPlaces at = gemm_many_places(call);
  const int right = at.lefts, bias = right + at.rights, accumulator = bias + at.biases,
            beta = accumulator + at.accumulators;
  if (call.in_count != beta + at.betas || call.out_count != at.outs)
    return "the number of operands or results does not fit the number of products";
  for (int i = 0; i < call.out_count; i++)
    if (call.out[i].rank != 2 || !is_storage(call.out[i]) || !is_dense(call.out[i]) ||
        call.out[i].dtype != call.out[0].dtype)
      return "results must be row-major matrices of one of f32, bf16 and f16";
  for (int i = 0; i < at.count; i++) {
    const Tensor &a = call.in[at.lefts == 1 ? 0 : i],
                 &b = call.in[right + (at.rights == 1 ? 0 : i)],
                 &c = call.out[at.outs == 1 ? 0 : i];
    if (a.rank != 2 || b.rank != 2 || !is_storage(a) || !is_storage(b))
      return "A and B must be matrices of f32, bf16 or f16";
    if (a.shape[0] != c.shape[0] || b.shape[1] != c.shape[1] || a.shape[1] != b.shape[0])
      return "the shapes of A, B and C do not agree";
    if (at.biases > 0 && has_in(call, bias + i) &&
        (call.in[bias + i].rank != 1 || call.in[bias + i].shape[0] != c.shape[1] ||
         !is_storage(call.in[bias + i])))
      return "bias must be a float [N]";
    const int previous = accumulator + (at.accumulators == 1 ? 0 : i);
    if (at.accumulators > 0 && has_in(call, previous) &&
        (!same_shape(call.in[previous], c) || !is_storage(call.in[previous])))
      return "accumulate must have the shape of C";
  }
  if (at.betas > 0 && (call.in[beta].rank != 0 || call.in[beta].dtype != F32))
    return "beta must be an f32 scalar";
  return nullptr;
}

constexpr Kernel gemm_many_kernel = {
    "gemm_many",       2,       gemm_many_chunks, gemm_many_run, gemm_many_workspace,
    gemm_many_scratch, nullptr, gemm_many_check};

}  // namespace automodel::AM_ISA
