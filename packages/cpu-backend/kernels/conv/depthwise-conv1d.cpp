// Convolutions of each channel by itself. Float storage types, any strides; sums are f32. Rows of
// LANES channels are copied to scratch, where positions are dense, whichever dimension is dense in
// memory.
// depthwise_conv1d: in x[N, C, L], weight[C, 1, K]; out y[N, C, S]: y[s] = sum over k of weight[k]
// * x[s + k * dilation - before]. ints: [before, dilation].
// depthwise_conv1d_weight_gradient: in x[N, C, L], dy[N, C, S]; out dw[C, 1, K]: the sum over n and
// s of dy[s] * x[s + k * dilation - before]. ints: [before, dilation].

#include "../prelude.h"
#include "../operand.h"
#include "../vector/vector.h"

namespace automodel::AM_ISA {

// Places in the call.
struct DepthwiseInt {
  enum { BEFORE, DILATION };
};

constexpr int64_t DEPTHWISE_POSITIONS = 512;  // of a chunk, and of a pass of the gradient

// Channels [channel, channel + LANES) at positions [position, position + count) as f32 rows
// `stride` apart; entries that do not exist are 0. count is rounded up to whole vectors.
static void read_channels(const Tensor &x, int64_t n, int64_t channel, int64_t position,
                          int64_t count, float *rows, int64_t stride) {
  const int channels = (int)min64(LANES, x.shape[1] - channel);
  const int64_t first = min64(count, max64(0, -position)),
                last = max64(first, min64(count, x.shape[2] - position)), size = bytes_of(x.dtype),
                padded = round_up(count, LANES);
  const char *from =
      x.data + (n * x.stride[0] + channel * x.stride[1] + (position + first) * x.stride[2]) * size;
  for (int c = 0; c < LANES; c++) {
    float *row = rows + c * stride;
    for (int64_t i = 0; i < (c < channels ? first : padded); i++) row[i] = 0.0f;
    for (int64_t i = last; i < padded; i++) row[i] = 0.0f;
  }
  if (x.stride[1] == 1 && x.stride[2] != 1) {
    for (int64_t i = first; i < last; i += LANES) {
      const int steps = (int)min64(LANES, last - i);
      Vec block[LANES];
      for (int j = 0; j < LANES; j++)
        block[j] =
            j < steps ? load_lanes(from, x.dtype, (i - first + j) * x.stride[2], channels) : zero();
      transpose(block);
      for (int c = 0; c < channels; c++) store(rows + c * stride + i, block[c], steps);
    }
    return;
  }
  for (int c = 0; c < channels; c++) {
    float *row = rows + c * stride;
    if (x.stride[2] == 1) {
      for (int64_t i = first; i < last; i += LANES)
        store(row + i,
              load_lanes(from, x.dtype, c * x.stride[1] + i - first, (int)min64(LANES, last - i)),
              (int)min64(LANES, last - i));
    } else {
      for (int64_t i = first; i < last; i++)
        row[i] = element_at(from, x.dtype, c * x.stride[1] + (i - first) * x.stride[2]);
    }
  }
}

static int64_t depthwise_span(const Call &call, int64_t taps) {
  return call.ints[DepthwiseInt::DILATION] * (taps - 1);
}
// the vectors of the last taps may reach beyond the end
static int64_t depthwise_row(int64_t span) {
  return round_up(DEPTHWISE_POSITIONS + span, LANES) + LANES;
}

static int64_t depthwise_chunks(const Call &call, int32_t) {
  const Tensor &y = call.out[0];
  return y.shape[0] * ceil_div(y.shape[1], LANES) * ceil_div(y.shape[2], DEPTHWISE_POSITIONS);
}

static void depthwise_run(const Call &call, int32_t, int64_t chunk, char *scratch) {
  const Tensor &x = call.in[0], &w = call.in[1], &y = call.out[0];
  const int64_t taps = w.shape[2], step = call.ints[DepthwiseInt::DILATION],
                span = depthwise_span(call, taps), stride = depthwise_row(span);
  const int64_t pieces = ceil_div(y.shape[2], DEPTHWISE_POSITIONS),
                groups = ceil_div(y.shape[1], LANES);
  const int64_t start = chunk % pieces * DEPTHWISE_POSITIONS,
                channel = chunk / pieces % groups * LANES, n = chunk / pieces / groups,
                count = min64(DEPTHWISE_POSITIONS, y.shape[2] - start);
  float *rows = (float *)scratch;
  read_channels(x, n, channel, start - call.ints[DepthwiseInt::BEFORE], count + span, rows, stride);
  for (int64_t c = 0; c < min64(LANES, y.shape[1] - channel); c++)
    for (int64_t i = 0; i < count; i += LANES) {
      Vec total = zero();
      for (int64_t k = 0; k < taps; k++)
        total =
            fma(splat(element_at(w.data, w.dtype, (channel + c) * w.stride[0] + k * w.stride[2])),
                load(rows + c * stride + i + k * step), total);
      const int64_t to = n * y.stride[0] + (channel + c) * y.stride[1] + (start + i) * y.stride[2];
      const int lanes = (int)min64(LANES, count - i);
      if (y.stride[2] == 1)
        store_lanes(y.data, y.dtype, to, total, lanes);
      else {
        float values[LANES];
        store(values, total);
        for (int j = 0; j < lanes; j++)
          store_lanes(y.data, y.dtype, to + j * y.stride[2], splat(values[j]), 1);
      }
    }
}

static int64_t depthwise_scratch(const Call &call) {
  return LANES * depthwise_row(depthwise_span(call, call.in[1].shape[2])) * 4;
}

static bool is_storage_tensor(const Tensor &t, int rank) {
  return t.rank == rank && (t.dtype == F32 || t.dtype == BF16 || t.dtype == F16);
}

static const char *depthwise_check(const Call &call) {
  if (call.in_count != 2 || call.out_count != 1 || call.int_count != 2 ||
      call.ints[DepthwiseInt::DILATION] < 1)
    return "takes x, weight, a margin and a dilation, and gives y";
  const Tensor &x = call.in[0], &w = call.in[1], &y = call.out[0];
  if (!is_storage_tensor(x, 3) || !is_storage_tensor(w, 3) || !is_storage_tensor(y, 3))
    return "x, weight and y must be f32, bf16 or f16 of three dimensions";
  if (y.shape[0] != x.shape[0] || y.shape[1] != x.shape[1] || w.shape[0] != x.shape[1] ||
      w.shape[1] != 1)
    return "the shapes of x, weight and y do not agree";
  return nullptr;
}

constexpr Kernel depthwise_conv1d_kernel = {
    "depthwise_conv1d", 1,       depthwise_chunks, depthwise_run, nullptr,
    depthwise_scratch,  nullptr, depthwise_check};

static int64_t depthwise_gradient_chunks(const Call &call, int32_t) {
  return ceil_div(call.out[0].shape[0], LANES);
}

static void depthwise_gradient_run(const Call &call, int32_t, int64_t chunk, char *scratch) {
  const Tensor &x = call.in[0], &dy = call.in[1], &dw = call.out[0];
  const int64_t taps = dw.shape[2], step = call.ints[DepthwiseInt::DILATION],
                span = depthwise_span(call, taps), stride = depthwise_row(span),
                channel = chunk * LANES, channels = min64(LANES, dw.shape[0] - channel);
  // totals: a vector of partial sums for each channel and tap
  float *rows = (float *)scratch, *adjoints = rows + LANES * stride,
        *totals = adjoints + LANES * DEPTHWISE_POSITIONS;
  for (int64_t i = 0; i < channels * taps; i++) store(totals + i * LANES, zero());
  for (int64_t n = 0; n < dy.shape[0]; n++)
    for (int64_t start = 0; start < dy.shape[2]; start += DEPTHWISE_POSITIONS) {
      const int64_t count = min64(DEPTHWISE_POSITIONS, dy.shape[2] - start);
      read_channels(x, n, channel, start - call.ints[DepthwiseInt::BEFORE], count + span, rows,
                    stride);
      // zeros up to whole vectors
      read_channels(dy, n, channel, start, count, adjoints, DEPTHWISE_POSITIONS);
      for (int64_t c = 0; c < channels; c++)
        for (int64_t k = 0; k < taps; k++) {
          float *total = totals + (c * taps + k) * LANES;
          Vec sums = load(total);
          for (int64_t i = 0; i < count; i += LANES)
            sums = fma(load(adjoints + c * DEPTHWISE_POSITIONS + i),
                       load(rows + c * stride + i + k * step), sums);
          store(total, sums);
        }
    }
  for (int64_t c = 0; c < channels; c++)
    for (int64_t k = 0; k < taps; k++)
      store_lanes(dw.data, dw.dtype, (channel + c) * dw.stride[0] + k * dw.stride[2],
                  splat(sum(load(totals + (c * taps + k) * LANES))), 1);
}

static int64_t depthwise_gradient_scratch(const Call &call) {
  const int64_t taps = call.out[0].shape[2];
  return LANES * (depthwise_row(depthwise_span(call, taps)) + DEPTHWISE_POSITIONS + taps * LANES) *
         4;
}

static const char *depthwise_gradient_check(const Call &call) {
  if (call.in_count != 2 || call.out_count != 1 || call.int_count != 2 ||
      call.ints[DepthwiseInt::DILATION] < 1)
    return "takes x, dy, a margin and a dilation, and gives dw";
  const Tensor &x = call.in[0], &dy = call.in[1], &dw = call.out[0];
  if (!is_storage_tensor(x, 3) || !is_storage_tensor(dy, 3) || !is_storage_tensor(dw, 3))
    return "x, dy and dw must be f32, bf16 or f16 of three dimensions";
  if (dy.shape[0] != x.shape[0] || dy.shape[1] != x.shape[1] || dw.shape[0] != x.shape[1] ||
      dw.shape[1] != 1)
    return "the shapes of x, dy and dw do not agree";
  return nullptr;
}

constexpr Kernel depthwise_conv1d_weight_gradient_kernel = {"depthwise_conv1d_weight_gradient",
                                                            1,
                                                            depthwise_gradient_chunks,
                                                            depthwise_gradient_run,
                                                            nullptr,
                                                            depthwise_gradient_scratch,
                                                            nullptr,
                                                            depthwise_gradient_check};

}  // namespace automodel::AM_ISA
