// rope: rotates pairs of entries of each head. in: x[T,H,D] (float, any strides but a dense last
// dimension), cos f32[T,R/2], sin f32[T,R/2]. out: y like x; may be x itself.
// ints: [interleaved 0/1, inverse 0/1]. R <= D entries are rotated, the rest is copied. Pairs are
// (i, i + R/2), or (2i, 2i + 1) when interleaved; y1 = x1 cos - x2 sin, y2 = x2 cos + x1 sin.
// `inverse` rotates by the negative angle, which is the adjoint.

#include "../prelude.h"
#include "../elementwise/convert.h"
#include "../norm/rows.h"
#include "../operand.h"
#include "../vector/vector.h"

namespace automodel::AM_ISA {

// Places in the call.
struct RopeInt {
  enum { INTERLEAVED, INVERSE };
};

constexpr int64_t ROPE_CHUNK = 16384;

static int64_t rope_tokens(const Tensor &x) {
  return max64(1, ROPE_CHUNK / max64(1, x.shape[1] * x.shape[2]));
}
static int64_t rope_chunks(const Call &call, int32_t) {
  return ceil_div(call.in[0].shape[0], rope_tokens(call.in[0]));
}

// Rotates halves of one head; reads both halves before it writes either.
static void rotate_halves(const char *from, DType from_dtype, char *to, DType to_dtype,
                          const float *cos, const float *sin, int64_t half, Vec sign) {
  for (int64_t i = 0; i < half; i += LANES) {
    const int lanes = (int)min64(LANES, half - i);
    const Vec c = load(cos + i, lanes), s = load(sin + i, lanes) * sign;
    const Vec a = load_lanes(from, from_dtype, i, lanes),
              b = load_lanes(from, from_dtype, half + i, lanes);
    store_lanes(to, to_dtype, i, a * c - b * s, lanes);
    store_lanes(to, to_dtype, half + i, b * c + a * s, lanes);
  }
}

static void rotate_pairs(const char *from, DType from_dtype, char *to, DType to_dtype,
                         const float *cos, const float *sin, int64_t half, float sign) {
  for (int64_t i = 0; i < half; i++) {
    const float c = load_one(cos + i), s = load_one(sin + i) * sign;
    const float a = element_at(from, from_dtype, 2 * i),
                b = element_at(from, from_dtype, 2 * i + 1);
    const float rotated[] = {a * c - b * s, b * c + a * s};
    write_run(to + 2 * i * bytes_of(to_dtype), rotated, to_dtype, 1, 2);
  }
}

static void rope_run(const Call &call, int32_t, int64_t chunk, char *) {
  const Tensor &x = call.in[0], &y = call.out[0], &cosines = call.in[1], &sines = call.in[2];
  const int64_t tokens = rope_tokens(x), end = min64(x.shape[0], (chunk + 1) * tokens),
                half = cosines.shape[1], width = x.shape[2];
  const bool interleaved = call.ints[RopeInt::INTERLEAVED] != 0;
  const float sign = call.ints[RopeInt::INVERSE] != 0 ? -1.0f : 1.0f;
  for (int64_t t = chunk * tokens; t < end; t++) {
    const float *cos = (const float *)cosines.data + t * cosines.stride[0],
                *sin = (const float *)sines.data + t * sines.stride[0];
    for (int64_t h = 0; h < x.shape[1]; h++) {
      const char *from = x.data + (t * x.stride[0] + h * x.stride[1]) * bytes_of(x.dtype);
      char *to = y.data + (t * y.stride[0] + h * y.stride[1]) * bytes_of(y.dtype);
      if (interleaved)
        rotate_pairs(from, x.dtype, to, y.dtype, cos, sin, half, sign);
      else
        rotate_halves(from, x.dtype, to, y.dtype, cos, sin, half, splat(sign));
      for (int64_t i = 2 * half; i < width; i += LANES) {
        const int lanes = (int)min64(LANES, width - i);
        store_lanes(to, y.dtype, i, load_lanes(from, x.dtype, i, lanes), lanes);
      }
    }
  }
}

static const char *rope_check(const Call &call) {
  if (call.in_count != 3 || call.out_count != 1 || call.int_count != 2)
    return "takes x, cos, sin and gives y; ints are interleaved and inverse";
  const Tensor &x = call.in[0], &cos = call.in[1], &sin = call.in[2];
  if (x.rank != 3 || !is_float(x.dtype) || !has_dense_rows(x) || !same_shape(x, call.out[0]) ||
      !has_dense_rows(call.out[0]))
    return "x and y must be floats [T, H, D] with a last dimension without gaps";
  if (cos.rank != 2 || cos.dtype != F32 || sin.dtype != F32 || !same_shape(cos, sin) ||
      cos.shape[0] != x.shape[0] || 2 * cos.shape[1] > x.shape[2] || !has_dense_rows(cos) ||
      !has_dense_rows(sin))
    return "cos and sin must be f32 [T, R/2] with R <= D";
  return nullptr;
}

constexpr Kernel rope_kernel = {"rope",  1,       rope_chunks, rope_run,
                                nullptr, nullptr, nullptr,     rope_check};

}  // namespace automodel::AM_ISA
