// How every elementwise kernel runs: blocks of elements are brought into the working type of the
// operands' dtype (float, double or int64_t), a function is applied to the dense blocks, results
// are converted and written. Dense operands that already have the working type are read, and
// results written, where they lie.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "../vector/vector.h"
#include "convert.h"
#include "walk.h"

namespace automodel::AM_ISA {

constexpr int BLOCK = 512;
constexpr int64_t ELEMENTWISE_CHUNK = 32768;
constexpr int MAX_ELEMENTWISE_IN = 3, MAX_ELEMENTWISE_OUT = 2;

struct Attributes {
  const Call &call;
  DType dtype;  // the dtype of the operands that are computed with
};

// y[k][i] = f(x[0][i], x[1][i], ...) for i < n. A result may have the memory of an operand.
template <class T>
using BlockFunction = void (*)(T *const *y, const T *const *x, int n, const Attributes &attributes);

struct Elementwise {
  int inputs, outputs;
  BlockFunction<float> floats;
  BlockFunction<double> doubles;  // null: f64 is refused
  BlockFunction<int64_t> wholes;  // null: whole numbers and bool are refused
};

template <class T>
constexpr DType working_dtype();
template <>
constexpr DType working_dtype<float>() {
  return F32;
}
template <>
constexpr DType working_dtype<double>() {
  return F64;
}
template <>
constexpr DType working_dtype<int64_t>() {
  return I64;
}

// Vector loads of f32 take any address; the compiler's own loops over the other types need aligned
// ones.
template <class T>
AM_INLINE bool lies_ready(const char *p, DType dtype, int64_t stride) {
  return stride == 1 && dtype == working_dtype<T>() &&
         (sizeof(T) == 4 || ((uintptr_t)p & (sizeof(T) - 1)) == 0);
}

template <class T>
static void elementwise_blocks(const Call &call, int64_t chunk, const Elementwise &e,
                               BlockFunction<T> function) {
  const Tensor *tensors[MAX_WALKED];
  for (int k = 0; k < e.outputs; k++) tensors[k] = &call.out[k];
  for (int k = 0; k < e.inputs; k++) tensors[e.outputs + k] = &call.in[k];
  const Walk w = walk_of(call.out[0], tensors, e.outputs + e.inputs);
  const int64_t first = chunk * ELEMENTWISE_CHUNK, end = min64(w.count, first + ELEMENTWISE_CHUNK);
  const Attributes attributes = {call, call.in[e.inputs - 1].dtype};
  alignas(64) T loaded[MAX_ELEMENTWISE_IN][BLOCK], results[MAX_ELEMENTWISE_OUT][BLOCK];
  Place place = place_of(w, first);
  const int inner = w.rank - 1;
  for (int64_t at = first; at < end;) {
    const int n = (int)min64(BLOCK, end - at);
    const bool one_run = run_length(w, place, n) == n;
    const T *x[MAX_ELEMENTWISE_IN];
    T *y[MAX_ELEMENTWISE_OUT];
    const Place start = place;
    for (int done = 0; done < n;) {
      const int run = (int)run_length(w, place, n - done);
      for (int k = 0; k < e.inputs; k++) {
        const int operand = e.outputs + k;
        const int64_t stride = w.stride[operand][inner];
        const char *from = call.in[k].data + place.offset[operand] * bytes_of(call.in[k].dtype);
        x[k] = loaded[k];
        if (one_run && lies_ready<T>(from, call.in[k].dtype, stride))
          x[k] = (const T *)from;
        else
          read_run(loaded[k] + done, from, call.in[k].dtype, stride, run);
      }
      advance(w, place, run);
      done += run;
    }
    for (int k = 0; k < e.outputs; k++) {
      char *to = call.out[k].data + start.offset[k] * bytes_of(call.out[k].dtype);
      y[k] = one_run && lies_ready<T>(to, call.out[k].dtype, w.stride[k][inner]) ? (T *)to
                                                                                 : results[k];
    }
    function(y, x, n, attributes);
    Place written = start;
    for (int done = 0; done < n;) {
      const int run = (int)run_length(w, written, n - done);
      for (int k = 0; k < e.outputs; k++) {
        if (y[k] == results[k])
          write_run(call.out[k].data + written.offset[k] * bytes_of(call.out[k].dtype),
                    results[k] + done, call.out[k].dtype, w.stride[k][inner], run);
      }
      advance(w, written, run);
      done += run;
    }
    at += n;
  }
}

static int64_t elementwise_chunks(const Call &call, int32_t) {
  return ceil_div(elements(call.out[0]), ELEMENTWISE_CHUNK);
}

static void elementwise_run(const Call &call, int64_t chunk, const Elementwise &e) {
  switch (domain_of(call.in[e.inputs - 1].dtype)) {
    case FLOATS:
      return elementwise_blocks<float>(call, chunk, e, e.floats);
    case DOUBLES:
      return elementwise_blocks<double>(call, chunk, e, e.doubles);
    case WHOLES:
      return elementwise_blocks<int64_t>(call, chunk, e, e.wholes);
  }
}

static const char *elementwise_check(const Call &call, const Elementwise &e) {
  if (call.in_count != e.inputs || call.out_count != e.outputs)
    return "has another number of operands or results";
  const Tensor &last = call.in[e.inputs - 1];
  const Domain domain = domain_of(last.dtype);
  if ((domain == FLOATS && e.floats == nullptr) || (domain == DOUBLES && e.doubles == nullptr) ||
      (domain == WHOLES && e.wholes == nullptr))
    return "is not defined on this dtype";
  for (int k = 0; k < e.inputs; k++) {
    if (!present(call.in[k]) || !broadcasts_to(call.in[k], call.out[0]))
      return "an operand does not broadcast to the result";
    if (domain_of(call.in[k].dtype) != domain && call.in[k].dtype != BOOL)
      return "operands must be of one kind";
  }
  for (int k = 1; k < e.outputs; k++) {
    if (!same_shape(call.out[k], call.out[0])) return "results must have one shape";
  }
  return nullptr;
}

// A kernel from a table of functions known at compile time.
template <const Elementwise &E>
struct ElementwiseKernel {
  static void run(const Call &call, int32_t, int64_t chunk, char *) {
    elementwise_run(call, chunk, E);
  }
  static const char *check(const Call &call) { return elementwise_check(call, E); }
  static constexpr Kernel named(const char *name) {
    return {name, 1, elementwise_chunks, run, nullptr, nullptr, nullptr, check};
  }
};

// Block functions from a function of one, two or three elements. F::of is overloaded on Vec, double
// and int64_t.
template <class F>
static void unary_floats(float *const *y, const float *const *x, int n, const Attributes &) {
  int i = 0;
  for (; i + LANES <= n; i += LANES) store(y[0] + i, F::of(load(x[0] + i)));
  if (i < n) store(y[0] + i, F::of(load(x[0] + i, n - i)), n - i);
}
template <class F, class T>
static void unary_scalars(T *const *y, const T *const *x, int n, const Attributes &) {
  for (int i = 0; i < n; i++) y[0][i] = F::of(x[0][i]);
}
template <class F>
static void binary_floats(float *const *y, const float *const *x, int n, const Attributes &) {
  int i = 0;
  for (; i + LANES <= n; i += LANES) store(y[0] + i, F::of(load(x[0] + i), load(x[1] + i)));
  if (i < n) store(y[0] + i, F::of(load(x[0] + i, n - i), load(x[1] + i, n - i)), n - i);
}
template <class F, class T>
static void binary_scalars(T *const *y, const T *const *x, int n, const Attributes &) {
  for (int i = 0; i < n; i++) y[0][i] = F::of(x[0][i], x[1][i]);
}

// The value of a function of scalars, lane by lane.
template <class F>
AM_INLINE Vec by_lane(Vec a, F f) {
  float lane[LANES];
  store(lane, a);
  for (int i = 0; i < LANES; i++) lane[i] = f(lane[i]);
  return load(lane);
}
template <class F>
AM_INLINE Vec by_lane(Vec a, Vec b, F f) {
  float left[LANES], right[LANES];
  store(left, a);
  store(right, b);
  for (int i = 0; i < LANES; i++) left[i] = f(left[i], right[i]);
  return load(left);
}

}  // namespace automodel::AM_ISA
