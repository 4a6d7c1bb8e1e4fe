// sample: one token id for each row of logits. in: logits[R,V] (float, dense rows), then 0-d:
// temperature f32 (0: the largest logit, the lowest id on ties), top_p f32 (the smallest set of
// most likely ids whose probabilities reach it; 1: all), top_k i32 (only the largest logits, this
// many; 0: all), seed i64, step i64. out: ids i32[R]. ints, floats: none.
// Row r draws the first word of Philox for counter (step low, step high, r, 0) and key (seed low,
// seed high), and takes the id at which the weights, largest first, add up to more than that share.
// Weights are f32, their sums f64. A logit that is NaN is never drawn unless all are.

#include "../prelude.h"
#include "../norm/rows.h"
#include "../operand.h"
#include "../vector/math.h"
#include "../vector/vector.h"
#include "philox.h"
#include "ranking.h"

namespace automodel::AM_ISA {

// Places in the call.
struct SampleIn {
  enum { LOGITS, TEMPERATURE, TOP_P, TOP_K, SEED, STEP };
};

struct SampleScratch {
  float *values, *weights;
  int32_t *chosen;
  Bucket *buckets;
};

static int64_t sample_scratch_bytes(const Call &call) {
  return 3 * round_up(call.in[SampleIn::LOGITS].shape[1] * 4, 64) +
         2 * RANKING_BUCKETS * (int64_t)sizeof(Bucket);
}

static SampleScratch sample_scratch(const Call &call, char *scratch) {
  const int64_t bytes = round_up(call.in[SampleIn::LOGITS].shape[1] * 4, 64);
  return {(float *)scratch, (float *)(scratch + bytes), (int32_t *)(scratch + 2 * bytes),
          (Bucket *)(scratch + 3 * bytes)};
}

// Writes the row as f32 without negative zeros (they rank as zeros); returns the position of its
// largest value, the lowest on ties.
static int64_t read_logits(const Tensor &logits, int64_t row, float *values) {
  const int64_t n = logits.shape[1];
  const char *from = row_at(logits, row);
  Vec most = splat(-__builtin_inff());
  for (int64_t i = 0; i < n; i += LANES) {
    const int lanes = (int)min64(LANES, n - i);
    const Vec x = load_lanes(from, logits.dtype, i, lanes) + zero();
    store_lanes((char *)values, F32, i, x, lanes);
    if (lanes == LANES) most = max(x, most);  // max gives its second operand where the first is NaN
  }
  float top = largest(most);
  for (int64_t i = n / LANES * LANES; i < n; i++) top = values[i] > top ? values[i] : top;
  for (int64_t i = 0; i < n; i++) {
    if (values[i] == top) return i;
  }
  return 0;
}

// Softmax weights before the division by their sum; NaN weighs nothing.
static void weigh(const float *values, float top, float temperature, float *weights, int64_t n) {
  const Vec most = splat(top), divisor = splat(temperature);
  for (int64_t i = 0; i < n; i += LANES) {
    const int lanes = (int)min64(LANES, n - i);
    const Vec x = lanes == LANES ? load(values + i) : load(values + i, lanes);
    const Vec w = select(equal(x, most), splat(1.0f), exp((x - most) / divisor));
    store_lanes((char *)weights, F32, i, select(is_nan(x), zero(), w), lanes);
  }
}

AM_INLINE uint32_t low_word(uint64_t x) { return (uint32_t)x; }
AM_INLINE uint32_t high_word(uint64_t x) { return (uint32_t)(x >> 32); }

static int64_t draw(const Ranking &ranking, double top_p, int64_t top_k, double random) {
  rank(ranking);
  Prefix kept = {ranking.size, total_mass(ranking), -1};
  if (top_k > 0 && top_k < ranking.size) kept = prefix_until(ranking, {top_k, 0.0, false});
  if (top_p < 1.0) {
    const Prefix likely = prefix_until(ranking, {1, top_p * kept.mass, false});
    if (likely.count < kept.count) kept = likely;
  }
  const Prefix drawn = prefix_until(ranking, {1, random * kept.mass, true});
  return drawn.count <= kept.count || kept.last < 0 ? drawn.last : kept.last;
}

static void sample_run(const Call &call, int32_t, int64_t row, char *scratch) {
  const Tensor &logits = call.in[SampleIn::LOGITS];
  const SampleScratch s = sample_scratch(call, scratch);
  const int64_t n = logits.shape[1], top_k = read_as<int32_t>(call.in[SampleIn::TOP_K].data);
  const int64_t most = read_logits(logits, row, s.values);
  const float temperature = scalar_of(call.in[SampleIn::TEMPERATURE]);
  int64_t id = most;
  if (temperature > 0.0f) {
    const uint64_t seed = read_as<uint64_t>(call.in[SampleIn::SEED].data),
                   step = read_as<uint64_t>(call.in[SampleIn::STEP].data);
    const PhiloxWords words = philox({{low_word(step), high_word(step), (uint32_t)row, 0}},
                                     low_word(seed), high_word(seed));
    weigh(s.values, s.values[most], temperature, s.weights, n);
    id = draw({s.values, s.weights, n, s.chosen, s.buckets, s.buckets + RANKING_BUCKETS},
              (double)scalar_of(call.in[SampleIn::TOP_P]), top_k, uniform(words.word[0]));
  }
  const int32_t result = (int32_t)id;
  memcpy(call.out[0].data + row * call.out[0].stride[0] * 4, &result, 4);
}

static int64_t sample_chunks(const Call &call, int32_t) {
  return call.in[SampleIn::LOGITS].shape[0];
}

static const char *sample_check(const Call &call) {
  if (call.in_count != 6 || call.out_count != 1)
    return "takes logits, temperature, top_p, top_k, seed, step and gives ids";
  constexpr DType scalars[] = {F32, F32, I32, I64, I64};
  for (int i = 1; i < 6; i++) {
    if (call.in[i].rank != 0 || call.in[i].dtype != scalars[i - 1])
      return "scalars must be f32, f32, i32, i64, i64 without dimensions";
  }
  const Tensor &logits = call.in[SampleIn::LOGITS], &ids = call.out[0];
  if (logits.rank != 2 || !is_float(logits.dtype) || !has_dense_rows(logits) ||
      logits.shape[1] < 1 || logits.shape[1] > INT32_MAX)
    return "logits must be float rows";
  return ids.rank == 1 && ids.dtype == I32 && ids.shape[0] == logits.shape[0]
             ? nullptr
             : "ids must be i32, one a row";
}

constexpr Kernel sample_kernel = {
    "sample", 1, sample_chunks, sample_run, nullptr, sample_scratch_bytes, nullptr, sample_check};

}  // namespace automodel::AM_ISA
