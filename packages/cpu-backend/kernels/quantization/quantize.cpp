// quantize: in weight [rows, columns] (f32, bf16 or f16, dense). out: codes, absmax,
// nested_absmax?, nested_offset? (see codes.h). ints: [format].
// Phase 0: codes and absolute maxima, a chunk being several blocks or rows. Phases 1 and 2,
// NF4_DOUBLE only: the mean of all maxima, then the maxima as codes, a chunk being one nested
// block.
// The chunk that writes the first byte of a word clears the word; no two chunks write to one word.

#include "../prelude.h"
#include "../gemm/matrix.h"
#include "../operand.h"
#include "../vector/vector.h"
#include "codes.h"

namespace automodel::AM_ISA {

// Places in the call.
struct QuantizeOut {
  enum { CODES, MAXIMA, NESTED_MAXIMA, NESTED_OFFSET };
};
struct QuantizeInt {
  enum { FORMAT };
};

constexpr int64_t BLOCKS_A_CHUNK = 1024;

AM_INLINE float quantize_inverse(float numerator, float most) {
  return most > 0.0f ? numerator / most : 0.0f;
}

AM_INLINE float upper_midpoint(const float *values, int code) {
  return (float)(((double)values[code] + (double)values[code + 1]) / 2.0);
}

// The first of ascending values' codes at whose upper midpoint x ends.
AM_INLINE int nearest_code(const float *values, int count, float x) {
  int low = 0, high = count - 1;
  while (low < high) {
    const int middle = (low + high) / 2;
    if (x > upper_midpoint(values, middle))
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

AM_INLINE float quantize_largest(const Tensor &weight, int64_t start, int64_t count) {
  Vec most = zero();
  for (int64_t i = 0; i < count; i += LANES)
    most = max(most,
               abs(load_lanes(weight.data, weight.dtype, start + i, (int)min64(LANES, count - i))));
  return largest(most);
}

// A code counts the midpoints below x.
static void quantize_block(const Call &call, int64_t block, float *maxima) {
  const Tensor &weight = call.in[0];
  const int64_t start = block * QUANTIZED_BLOCK,
                count = min64(QUANTIZED_BLOCK, elements(weight) - start);
  const float most = quantize_largest(weight, start, count);
  const Vec inverse = splat(quantize_inverse(1.0f, most)), one = splat(1.0f);
  float counts[QUANTIZED_BLOCK] = {};
  for (int64_t i = 0; i < count; i += LANES) {
    const Vec x =
        load_lanes(weight.data, weight.dtype, start + i, (int)min64(LANES, count - i)) * inverse;
    Vec below = zero();
    for (int code = 0; code < 15; code++)
      below += select(less(splat(upper_midpoint(NF4_VALUES, code)), x), one, zero());
    store(counts + i, below);
  }
  uint8_t *codes = (uint8_t *)call.out[QuantizeOut::CODES].data + start / 2;
  memset(codes, 0, (size_t)round_up(ceil_div(count, 2), 4));
  for (int64_t i = 0; i < count; i++)
    codes[i / 2] |= (uint8_t)((int)counts[i] << (i % 2 == 0 ? 4 : 0));
  maxima[block] = most;
}

static void quantize_int8_word(const Tensor &weight, int64_t word, const float *maxima,
                               char *codes) {
  const int64_t columns = weight.shape[1], size = elements(weight);
  int8_t bytes[4] = {};
  for (int64_t i = 0; i < min64(4, size - word * 4); i++) {
    const int64_t at = word * 4 + i;
    bytes[i] = (int8_t)rintf(element_at(weight.data, weight.dtype, at) *
                             quantize_inverse(127.0f, maxima[at / columns]));
  }
  memcpy(codes + word * 4, bytes, 4);
}

static float *quantize_maxima(const Call &call) {
  return call.ints[QuantizeInt::FORMAT] == NF4_DOUBLE ? (float *)call.workspace
                                                      : (float *)call.out[QuantizeOut::MAXIMA].data;
}
static int64_t quantize_blocks(const Call &call) {
  return ceil_div(elements(call.in[0]), QUANTIZED_BLOCK);
}

static int64_t quantize_chunks(const Call &call, int32_t phase) {
  const int64_t blocks = quantize_blocks(call);
  if (call.ints[QuantizeInt::FORMAT] == INT8)
    return phase == 0 ? call.in[0].shape[0] : phase == 1 ? ceil_div(blocks, BLOCKS_A_CHUNK) : 0;
  if (phase == 0) return ceil_div(blocks, BLOCKS_A_CHUNK);
  return call.ints[QuantizeInt::FORMAT] == NF4 ? 0
         : phase == 1                          ? 1
                                               : ceil_div(blocks, NESTED_BLOCK);
}

// Of sums of nested blocks, as processes that hold some of these add them up.
static void quantize_mean(const Call &call) {
  const int64_t blocks = quantize_blocks(call);
  const float *maxima = quantize_maxima(call);
  double total = 0.0;
  for (int64_t start = 0; start < blocks; start += NESTED_BLOCK) {
    double sum = 0.0;
    for (int64_t i = start; i < min64(blocks, start + NESTED_BLOCK); i++) sum += (double)maxima[i];
    total += sum;
  }
  store_one((float *)call.out[QuantizeOut::NESTED_OFFSET].data,
            (float)(total / (double)max64(1, blocks)));
}

static void quantize_nested(const Call &call, int64_t chunk) {
  const int64_t start = chunk * NESTED_BLOCK,
                count = min64(NESTED_BLOCK, quantize_blocks(call) - start);
  const float *maxima = quantize_maxima(call) + start,
              offset = scalar_of(call.out[QuantizeOut::NESTED_OFFSET]);
  uint8_t *codes = (uint8_t *)call.out[QuantizeOut::MAXIMA].data + start;
  memset(codes, 0, (size_t)round_up(count, 4));
  float most = 0.0f;
  for (int64_t i = 0; i < count; i++) most = ::fmaxf(most, ::fabsf(maxima[i] - offset));
  const float inverse = quantize_inverse(1.0f, most);
  for (int64_t i = 0; i < count; i++)
    codes[i] = (uint8_t)nearest_code(DYNAMIC_MAP.value, 256, (maxima[i] - offset) * inverse);
  store_one((float *)call.out[QuantizeOut::NESTED_MAXIMA].data + chunk, most);
}

static void quantize_run(const Call &call, int32_t phase, int64_t chunk, char *) {
  const Tensor &weight = call.in[0];
  float *maxima = quantize_maxima(call);
  if (call.ints[QuantizeInt::FORMAT] == INT8) {
    if (phase == 0)
      maxima[chunk] = quantize_largest(weight, chunk * weight.shape[1], weight.shape[1]);
    else
      for (int64_t word = chunk * BLOCKS_A_CHUNK * 16;
           word < min64(ceil_div(elements(weight), 4), (chunk + 1) * BLOCKS_A_CHUNK * 16); word++)
        quantize_int8_word(weight, word, maxima, call.out[QuantizeOut::CODES].data);
    return;
  }
  if (phase == 1) return quantize_mean(call);
  if (phase == 2) return quantize_nested(call, chunk);
  for (int64_t block = chunk * BLOCKS_A_CHUNK;
       block < min64(quantize_blocks(call), (chunk + 1) * BLOCKS_A_CHUNK); block++)
    quantize_block(call, block, maxima);
}

static int64_t quantize_workspace(const Call &call) {
  return call.ints[QuantizeInt::FORMAT] == NF4_DOUBLE ? quantize_blocks(call) * 4 : 0;
}

static const char *quantize_check(const Call &call) {
  if (call.in_count != 1 || call.int_count != 1 || call.in[0].rank != 2 ||
      !is_storage(call.in[0]) || !is_dense(call.in[0]))
    return "takes a dense float weight [rows, columns]; ints are the format";
  const int64_t ints[3] = {call.ints[QuantizeInt::FORMAT], call.in[0].shape[0],
                           call.in[0].shape[1]};
  Call parts = call;
  parts.in = call.out;
  parts.in_count = call.out_count;
  parts.ints = ints;
  parts.int_count = 3;
  return quantized_check(parts, 0);
}

constexpr Kernel quantize_kernel = {"quantize",         3,       quantize_chunks, quantize_run,
                                    quantize_workspace, nullptr, nullptr,         quantize_check};

}  // namespace automodel::AM_ISA
