// Quantised weights: what their codes stand for, and rows of them as numbers. The formats are those
// of core/src/ops/quantization: NF4 in blocks of 64 elements of the row-major weight (high nibble
// first), their absolute maxima as f32 or as codes of the dynamic map in blocks of 256 plus an
// offset; and int8 with one absolute maximum per row.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "../vector/vector.h"

namespace automodel::AM_ISA {

// Places in the call.
struct QuantizedInt {
  enum { FORMAT, ROWS, COLUMNS };
};

enum QuantizedFormat { NF4 = 0, NF4_DOUBLE = 1, INT8 = 2 };

constexpr int64_t QUANTIZED_BLOCK = 64, NESTED_BLOCK = 256;

static constexpr float NF4_VALUES[16] = {
    -1.0f,
    -0.6961928009986877f,
    -0.5250730514526367f,
    -0.39491748809814453f,
    -0.28444138169288635f,
    -0.18477343022823334f,
    -0.09105003625154495f,
    0.0f,
    0.07958029955625534f,
    0.16093020141124725f,
    0.24611230194568634f,
    0.33791524171829224f,
    0.44070982933044434f,
    0.5626170039176941f,
    0.7229568362236023f,
    1.0f,
};

// The values of both nibbles of a byte, in order.
struct NibblePairs {
  float value[256][2];
  constexpr NibblePairs() : value() {
    for (int byte = 0; byte < 256; byte++)
      value[byte][0] = NF4_VALUES[byte >> 4], value[byte][1] = NF4_VALUES[byte & 15];
  }
};
static constexpr NibblePairs NIBBLE_PAIRS;

// The signed dynamic map, ascending: see core/src/ops/quantization/code-values.ts.
struct DynamicMap {
  float value[256];
  static constexpr float boundary(int k, int count, float step) {
    return (float)(k < (count + 1) / 2 ? (double)0.1f + (double)step * k
                                       : 1.0 - (double)step * (count - k));
  }
  constexpr DynamicMap() : value() {
    constexpr float decades[7] = {1e-6f, 1e-5f, 1e-4f, 1e-3f, 1e-2f, 1e-1f, 1.0f};
    int at = 0;
    for (int decade = 0; decade < 7; decade++) {
      const int count = 1 << decade;
      const float step = (1.0f - 0.1f) / (float)count;
      for (int k = 0; k < count; k++, at++) {
        const float mean = (boundary(k, count, step) + boundary(k + 1, count, step)) / 2.0f;
        value[128 + at] = decades[decade] * mean;
        value[126 - at] = -value[128 + at];
      }
    }
    value[127] = 0.0f;
    value[255] = 1.0f;
  }
};
static constexpr DynamicMap DYNAMIC_MAP;

// A weight [rows, columns] as a product's operand.
struct Quantized {
  int64_t format, rows, columns;
  const uint8_t *codes;
  const char *absmax;  // f32, or bytes of NF4_DOUBLE
  const char *nested_absmax;
  float nested_offset;
};

// The operands of a call from `first` on: codes, absmax, nested_absmax?, nested_offset?; ints:
// format, rows, columns.
AM_INLINE Quantized quantized_of(const Call &call, int first) {
  Quantized q = {call.ints[QuantizedInt::FORMAT],
                 call.ints[QuantizedInt::ROWS],
                 call.ints[QuantizedInt::COLUMNS],
                 (const uint8_t *)call.in[first].data,
                 call.in[first + 1].data,
                 nullptr,
                 0.0f};
  if (q.format != NF4_DOUBLE) return q;
  q.nested_absmax = call.in[first + 2].data;
  if (call.in[first + 3].data != nullptr) q.nested_offset = scalar_of(call.in[first + 3]);
  return q;
}

static const char *quantized_check(const Call &call, int first) {
  if (call.int_count < 3 || call.ints[QuantizedInt::FORMAT] < NF4 ||
      call.ints[QuantizedInt::FORMAT] > INT8 || call.ints[QuantizedInt::ROWS] < 0 ||
      call.ints[QuantizedInt::COLUMNS] < 0)
    return "ints start with format, rows and columns";
  const int64_t format = call.ints[QuantizedInt::FORMAT],
                size = call.ints[QuantizedInt::ROWS] * call.ints[QuantizedInt::COLUMNS],
                blocks = ceil_div(size, QUANTIZED_BLOCK);
  if (call.in_count < first + (format == NF4_DOUBLE ? 4 : 2))
    return "parts of the quantised weight are absent";
  auto holds = [&](int i, DType dtype, int64_t count) {
    return call.in[i].rank == 1 && call.in[i].dtype == dtype && call.in[i].shape[0] == count;
  };
  if (!holds(first, I32, ceil_div(format == INT8 ? size : ceil_div(size, 2), 4)))
    return "codes must be i32 words of all elements";
  if (format == NF4_DOUBLE
          ? !holds(first + 1, I32, ceil_div(blocks, 4))
          : !holds(first + 1, F32, format == INT8 ? call.ints[QuantizedInt::ROWS] : blocks))
    return "absmax must hold one number a block or row";
  if (format == NF4_DOUBLE &&
      (!holds(first + 2, F32, ceil_div(blocks, NESTED_BLOCK)) || !holds(first + 3, F32, 1)))
    return "nested_absmax must hold one number for 256 blocks, nested_offset one";
  return nullptr;
}

AM_INLINE float block_maximum(const Quantized &q, int64_t block) {
  if (q.format == NF4) return load_one((const float *)q.absmax + block);
  return DYNAMIC_MAP.value[(uint8_t)q.absmax[block]] *
             load_one((const float *)q.nested_absmax + block / NESTED_BLOCK) +
         q.nested_offset;
}

// `count` (at most 64) neighbouring codes of one block from element `at` on as numbers.
template <class T>
AM_INLINE void dequantize_block(const Quantized &q, int64_t at, int64_t count, T *out) {
  alignas(64) float values[QUANTIZED_BLOCK + 2];
  const uint8_t *byte = q.codes + at / 2;
  const int skip = (int)(at & 1);
  for (int64_t i = 0; i < count + skip; i += 2) memcpy(values + i, NIBBLE_PAIRS.value[*byte++], 8);
  const Vec scale = splat(block_maximum(q, at / QUANTIZED_BLOCK));
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) store(out + i, load(values + skip + i) * scale);
  if (i < count)
    store(out + i, load(values + skip + i, (int)(count - i)) * scale, (int)(count - i));
}

template <class T>
AM_INLINE void dequantize_int8(const Quantized &q, int64_t row, int64_t at, int64_t count, T *out) {
  const int8_t *codes = (const int8_t *)q.codes + at;
  const Vec most = splat(load_one((const float *)q.absmax + row)), unit = splat(1.0f / 127.0f);
  for (int64_t i = 0; i < count; i += LANES) {
    const int n = (int)min64(LANES, count - i);
    float values[LANES] = {};
    for (int j = 0; j < n; j++) values[j] = (float)codes[i + j];
    store(out + i, load(values) * most * unit, n);
  }
}

// Elements [column, column + count) of one row.
template <class T>
static void dequantize_row(const Quantized &q, int64_t row, int64_t column, int64_t count, T *out) {
  const int64_t start = row * q.columns + column, end = start + count;
  if (q.format == INT8) return dequantize_int8(q, row, start, count, out);
  for (int64_t at = start, n; at < end; at += n) {
    n = min64(end - at, QUANTIZED_BLOCK - at % QUANTIZED_BLOCK);
    dequantize_block(q, at, n, out + (at - start));
  }
}

}  // namespace automodel::AM_ISA
