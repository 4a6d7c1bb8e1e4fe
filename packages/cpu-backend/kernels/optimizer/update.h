// What the optimizers' updates share: chunks over all parameters of a call, results that stay as
// they are, and the check of operands.
// A call updates one parameter or a list of them. Either way its tensors are columns of a table:
// one row a parameter, one column for the parameter, one for each state, one for the gradient.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "../tensor-row.h"

namespace automodel::AM_ISA {

constexpr int64_t UPDATE_CHUNK = 65536;

// Chunks of a call whose first `parameters` results are the new parameters.
static int64_t update_chunks_of(const Call &call, int32_t parameters) {
  return ceil_div(elements_of_all(call.out, parameters), UPDATE_CHUNK);
}

// Calls part(k, from, to) for the elements of parameter k that are in the chunk.
template <class Part>
AM_INLINE void for_updated_parts(const Call &call, int32_t parameters, int64_t chunk, Part part) {
  for_parts(call.out, parameters, chunk * UPDATE_CHUNK, (chunk + 1) * UPDATE_CHUNK, part);
}

// Results that an update leaves as they are.
static void keep_range(const Tensor &from, const Tensor &to, int64_t first, int64_t end) {
  if (from.data == to.data) return;
  const int64_t bytes = bytes_of(from.dtype);
  memcpy(to.data + first * bytes, from.data + first * bytes, (size_t)((end - first) * bytes));
}

// Scalars that an update reads: f32, from operand `first` on.
static const char *scalars_check(const Call &call, int first, int scalars) {
  for (int i = first; i < first + scalars; i++) {
    if (call.in[i].rank != 0 || call.in[i].dtype != F32)
      return "scalars must be f32 without dimensions";
  }
  return nullptr;
}

// A tensor that an update reads: dense floats of the parameter's shape.
static bool is_updatable(const Tensor &t, const Tensor &parameter) {
  return present(t) && is_float(t.dtype) && is_dense(t) && same_shape(t, parameter);
}

// A result that takes the place of an operand.
static bool looks_like(const Tensor &result, const Tensor &operand) {
  return present(result) && result.dtype == operand.dtype && is_dense(result) &&
         same_shape(result, operand);
}

}  // namespace automodel::AM_ISA
