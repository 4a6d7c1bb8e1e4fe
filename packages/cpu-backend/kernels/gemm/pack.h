// Packing: `count` rows of an operand (rows of the left one, columns of the right one) over a range of the depth become one panel [unit][width], zero-padded to `width` rows.
// Conversion from the storage type happens here, so the micro-kernel sees one layout. Whichever of rows and depth is contiguous is read along.
#pragma once

// An operand as rows of depth elements: element (row, k) is data[row * row_stride + k * depth_stride].
struct Operand {
  const char *data;
  DType dtype;
  int64_t row_stride, depth_stride;
};

AM_INLINE constexpr int elements_per_unit(PackMode mode) { return mode == PAIRS ? 2 : 1; }

// LANES units along a contiguous depth, of which `n` elements exist.
template <PackMode MODE, class T> AM_INLINE Vec load_units(const T *p, int64_t n) {
  if (MODE != PAIRS) {
    Vec a = n >= LANES ? load(p) : load(p, (int)n);
    return MODE == ROUNDED ? round_to_bf16(a) : a;
  }
#if defined(AM_BF16_DOT)
  if (n >= 2 * LANES) {
    if (sizeof(T) == 2 && !__is_same(T, f16)) return {_mm512_loadu_ps(p)};
    return {(__m512)_mm512_cvtne2ps_pbh(load(p + LANES).v, load(p).v)};
  }
  Vec low = load(p, n < LANES ? (int)n : LANES), high = n > LANES ? load(p + LANES, (int)n - LANES) : zero();
  return {(__m512)_mm512_cvtne2ps_pbh(high.v, low.v)};
#endif
  return zero();
}

// One unit of `n` neighbouring rows; `next` is the second element of a pair, or null at the end of an odd depth.
template <PackMode MODE, class T> AM_INLINE Vec load_across(const T *p, const T *next, int n) {
  Vec a = n == LANES ? load(p) : load(p, n);
  if (MODE == PLAIN) return a;
  if (MODE == ROUNDED) return round_to_bf16(a);
#if defined(AM_BF16_DOT)
  Vec b = next == nullptr ? zero() : n == LANES ? load(next) : load(next, n);
  __m512i low = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(a.v)), high = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(b.v));
  return {_mm512_castsi512_ps(_mm512_or_si512(low, _mm512_slli_epi32(high, 16)))};
#endif
  (void)next;
  return zero();
}

// Stores a vector into one unit of a panel. A panel narrower than the vector lets it run over into the next unit, which is written afterwards; the last unit is cut.
AM_INLINE void store_unit(float *unit, Vec a, int lanes, bool last) {
  if (lanes < LANES && last) store(unit, a, lanes);
  else store(unit, a);
}

template <PackMode MODE, class T>
static void pack_along_depth(const T *source, int64_t row_stride, int count, int width, int64_t depth, float *panel) {
  constexpr int PER = elements_per_unit(MODE);
  const int64_t units = ceil_div(depth, PER);
  for (int group = 0; group < width; group += LANES) {
    const int lanes = width - group < LANES ? width - group : LANES;
    for (int64_t u = 0; u < units; u += LANES) {
      Vec rows[LANES];
      for (int j = 0; j < LANES; j++) rows[j] = group + j < count ? load_units<MODE>(source + (group + j) * row_stride + u * PER, depth - u * PER) : zero();
      transpose(rows);
      const int steps = (int)min64(LANES, units - u);
      for (int j = 0; j < steps; j++) store_unit(panel + (u + j) * width + group, rows[j], lanes, u + j + 1 == units);
    }
  }
}

template <PackMode MODE, class T>
static void pack_across_rows(const T *source, int64_t depth_stride, int count, int width, int64_t depth, float *panel) {
  constexpr int PER = elements_per_unit(MODE);
  const int64_t units = ceil_div(depth, PER);
  for (int64_t u = 0; u < units; u++) {
    const T *row = source + u * PER * depth_stride;
    const T *next = PER == 2 && u * PER + 1 < depth ? row + depth_stride : nullptr;
    for (int group = 0; group < width; group += LANES) {
      const int lanes = width - group < LANES ? width - group : LANES;
      const int n = count - group < lanes ? count - group : lanes;
      Vec a = n > 0 ? load_across<MODE>(row + group, next == nullptr ? next : next + group, n) : zero();
      store_unit(panel + u * width + group, a, lanes, u + 1 == units);
    }
  }
}

template <PackMode MODE, class T>
static void pack_strided(const T *source, int64_t row_stride, int64_t depth_stride, int count, int width, int64_t depth, float *panel) {
  constexpr int PER = elements_per_unit(MODE);
  const int64_t units = ceil_div(depth, PER);
  for (int64_t u = 0; u < units; u++)
    for (int i = 0; i < width; i++) {
      const T *p = source + i * row_stride + u * PER * depth_stride;
      float first = i < count ? load_one(p) : 0.0f;
      if (MODE == PAIRS) {
        float second = i < count && u * PER + 1 < depth ? load_one(p + depth_stride) : 0.0f;
        panel[u * width + i] = from_bits((uint32_t)to_bf16(first).bits | (uint32_t)to_bf16(second).bits << 16);
      } else {
        panel[u * width + i] = MODE == ROUNDED ? round_to_bf16(first) : first;
      }
    }
}

template <PackMode MODE, class T>
static void pack_typed(const Operand &operand, int64_t row, int count, int width, int64_t k, int64_t depth, float *panel) {
  const T *source = (const T *)operand.data + row * operand.row_stride + k * operand.depth_stride;
  if (operand.depth_stride == 1) pack_along_depth<MODE>(source, operand.row_stride, count, width, depth, panel);
  else if (operand.row_stride == 1) pack_across_rows<MODE>(source, operand.depth_stride, count, width, depth, panel);
  else pack_strided<MODE>(source, operand.row_stride, operand.depth_stride, count, width, depth, panel);
}

template <PackMode MODE>
static void pack_panel(const Operand &operand, int64_t row, int count, int width, int64_t k, int64_t depth, float *panel) {
  if (operand.dtype == F32) pack_typed<MODE, float>(operand, row, count, width, k, depth, panel);
  else if (operand.dtype == BF16) pack_typed<MODE, bf16>(operand, row, count, width, k, depth, panel);
  else pack_typed<MODE, f16>(operand, row, count, width, k, depth, panel);
}

static void pack_panel(PackMode mode, const Operand &operand, int64_t row, int count, int width, int64_t k, int64_t depth, float *panel) {
  if (mode == PLAIN) pack_panel<PLAIN>(operand, row, count, width, k, depth, panel);
  else pack_panel<BF16_MODE>(operand, row, count, width, k, depth, panel);
}
