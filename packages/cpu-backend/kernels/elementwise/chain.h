// Programs over elements as fused_elementwise.cpp describes them: the table of functions,
// registers, operands, and one instruction over one tile.
#pragma once

#include "../prelude.h"
#include "../operand.h"
#include "../vector/storage.h"
#include "../vector/vector.h"
#include "binary-functions.h"
#include "convert.h"
#include "elementwise.h"
#include "parametric-functions.h"
#include "unary-functions.h"
#include "walk.h"

namespace automodel::AM_ISA {

constexpr int CHAIN_TILE = 1024, CHAIN_WORDS = 8, MAX_CHAIN_REGISTERS = 96, SHORT_RUN = 64;
constexpr int64_t CHAIN_CHUNK = 16384;

template <class S>
static void rounded_floats(float *const *y, const float *const *x, int n, const Attributes &) {
  for (int i = 0; i < n; i++) {
    S narrow;
    store_one(&narrow, x[0][i]);
    y[0][i] = to_float(narrow);
  }
}
static void wrapped_wholes(int64_t *const *y, const int64_t *const *x, int n, const Attributes &) {
  for (int i = 0; i < n; i++) y[0][i] = (int32_t)(uint32_t)x[0][i];
}
static constexpr Elementwise round_bf16_functions = {1, 1, rounded_floats<bf16>, nullptr, nullptr};
static constexpr Elementwise round_f16_functions = {1, 1, rounded_floats<f16>, nullptr, nullptr};
static constexpr Elementwise wrap_functions = {1, 1, nullptr, nullptr, wrapped_wholes};

// The first two convert between the kinds: they read one kind and make the other.
enum Conversion { TO_FLOAT = 0, TO_WHOLE = 1 };
static constexpr const Elementwise *CHAIN_FUNCTIONS[] = {
    nullptr,
    nullptr,
    &round_bf16_functions,
    &round_f16_functions,
    &wrap_functions,
    &abs_functions,
    &add_functions,
    &and_functions,
    &atan2_functions,
    &ceil_functions,
    &clamp_functions,
    &cos_functions,
    &div_functions,
    &eq_functions,
    &erf_functions,
    &exp_functions,
    &exp2_functions,
    &expm1_functions,
    &floor_functions,
    &floordiv_functions,
    &ge_functions,
    &gelu_functions,
    &gt_functions,
    &isfinite_functions,
    &isinf_functions,
    &isnan_functions,
    &le_functions,
    &log_functions,
    &log1p_functions,
    &log2_functions,
    &lt_functions,
    &maximum_functions,
    &minimum_functions,
    &mul_functions,
    &ne_functions,
    &neg_functions,
    &not_functions,
    &or_functions,
    &pow_functions,
    &reciprocal_functions,
    &relu_functions,
    &remainder_functions,
    &round_functions,
    &rsqrt_functions,
    &sigmoid_functions,
    &sign_functions,
    &silu_functions,
    &sin_functions,
    &softplus_functions,
    &sqrt_functions,
    &sub_functions,
    &tan_functions,
    &tanh_functions,
    &trunc_functions,
    &where_functions,
    &xor_functions,
};
constexpr int CHAIN_FUNCTION_COUNT = (int)(sizeof(CHAIN_FUNCTIONS) / sizeof(CHAIN_FUNCTIONS[0]));

// The parts of a call's ints.
struct Chain {
  int instructions, literals, temporaries, registers;
  const int64_t *literal, *instruction, *result;
};
AM_INLINE Chain chain_of(const Call &call) {
  Chain c = {};
  c.instructions = (int)call.ints[0];
  c.literals = (int)call.ints[1];
  c.temporaries = (int)call.ints[2];
  c.registers = call.in_count + c.literals + c.temporaries;
  c.literal = call.ints + 3;
  c.instruction = c.literal + 2 * c.literals;
  c.result = c.instruction + CHAIN_WORDS * c.instructions;
  return c;
}

// The first result that is present; all have its shape.
AM_INLINE const Tensor &chain_shape(const Call &call) {
  int k = 0;
  while (k + 1 < call.out_count && !present(call.out[k])) k++;
  return call.out[k];
}

// A register during one tile. `ready` elements are in `data`; in a uniform register the first
// element stands for all others.
struct ChainRegister {
  char *slot, *data;
  bool whole, uniform, constant;
  int ready;
};

template <class T>
AM_INLINE void repeat_first(char *data, int from, int n) {
  T *p = (T *)data;
  for (int i = from; i < n; i++) p[i] = p[0];
}
AM_INLINE void make_ready(ChainRegister &r, int n) {
  if (r.ready >= n) return;
  if (r.whole)
    repeat_first<int64_t>(r.data, r.ready, n);
  else
    repeat_first<float>(r.data, r.ready, n);
  r.ready = n;
}

AM_INLINE void read_operand(char *to, const Tensor &t, int64_t offset, int64_t stride, int64_t n) {
  const char *from = t.data + offset * bytes_of(t.dtype);
  if (domain_of(t.dtype) == WHOLES && t.dtype != BOOL)
    read_run((int64_t *)to, from, t.dtype, stride, n);
  else
    read_run((float *)to, from, t.dtype, stride, n);
}

// Loads n elements of operand k from `place` on into its register; `one_run`: they lie in one run.
AM_INLINE void load_operand(const Call &call, const Walk &w, int k, Place place, int n,
                            bool one_run, ChainRegister &r) {
  if (r.constant) return;
  const Tensor &t = call.in[k];
  const int operand = call.out_count + k, inner = w.rank - 1;
  const int64_t stride = w.stride[operand][inner];
  r.data = r.slot;
  r.uniform = one_run && stride == 0;
  r.ready = r.uniform ? LANES : n;
  char *from = t.data + place.offset[operand] * bytes_of(t.dtype);
  if (one_run && (r.whole ? lies_ready<int64_t>(from, t.dtype, stride)
                          : lies_ready<float>(from, t.dtype, stride)))
    r.data = from;
  else if (one_run)
    read_operand(r.slot, t, place.offset[operand], stride, r.ready);
  else {
    for (int done = 0; done < n;) {
      const int run = (int)run_length(w, place, n - done);
      read_operand(r.slot + done * (r.whole ? 8 : 4), t, place.offset[operand], stride, run);
      advance(w, place, run);
      done += run;
    }
  }
}

template <class From, class To>
AM_INLINE void convert_all(char *to, const char *from, int n) {
  for (int i = 0; i < n; i++)
    ((To *)to)[i] =
        sizeof(To) == 8 ? (To)to_whole(((const From *)from)[i]) : (To)((const From *)from)[i];
}

// One instruction. If `direct` is given, the result is written there instead of into the register's
// slot.
AM_INLINE void run_instruction(const Call &call, const int64_t *word, ChainRegister *registers,
                               int n, char *direct) {
  const char *x[3] = {};
  bool uniform = true;
  for (int i = 0; i < 3 && word[3 + i] >= 0; i++) uniform &= registers[word[3 + i]].uniform;
  uniform &= direct == nullptr;
  const int count = uniform ? LANES : n;
  for (int i = 0; i < 3 && word[3 + i] >= 0; i++) {
    make_ready(registers[word[3 + i]], count);
    x[i] = registers[word[3 + i]].data;
  }
  ChainRegister &target = registers[word[2]];
  char *y = direct != nullptr ? direct : target.slot;
  const Call own = {nullptr,  nullptr,
                    0,        0,
                    word + 6, call.floats + word[7],
                    1,        (int32_t)(call.float_count - word[7]),
                    nullptr};
  const Attributes attributes = {own, word[1] != 0 ? I64 : F32};
  if (word[0] == TO_FLOAT)
    convert_all<int64_t, float>(y, x[0], count);
  else if (word[0] == TO_WHOLE)
    convert_all<float, int64_t>(y, x[0], count);
  else if (word[1] != 0)
    CHAIN_FUNCTIONS[word[0]]->wholes((int64_t *const *)&y, (const int64_t *const *)x, count,
                                     attributes);
  else
    CHAIN_FUNCTIONS[word[0]]->floats((float *const *)&y, (const float *const *)x, count,
                                     attributes);
  target = {target.slot, y, word[1] != 0, uniform, false, count};
}

// Slots, and the registers that are the same for all tiles: literals and operands of one element.
static void prepare_registers(const Call &call, const Chain &c, const Walk &w, char *scratch,
                              ChainRegister *registers) {
  for (int k = 0; k < c.registers; k++) {
    ChainRegister &r = registers[k] = {};
    r.slot = r.data = scratch + (int64_t)k * CHAIN_TILE * 8;
    const int literal = k - call.in_count;
    if (k < call.in_count) {
      r.whole = call.in[k].dtype == I64 || call.in[k].dtype == I32;
      r.constant = true;
      for (int d = 0; d < w.rank; d++) r.constant &= w.stride[call.out_count + k][d] == 0;
      if (r.constant) read_operand(r.slot, call.in[k], 0, 0, LANES);
    } else if (literal < c.literals) {
      r.whole = c.literal[2 * literal] != 0;
      r.constant = true;
      if (r.whole)
        memcpy(r.slot, &c.literal[2 * literal + 1], 8);
      else
        store_one((float *)r.slot, (float)call.floats[literal]);
    }
    r.uniform = r.constant;
    r.ready = k < call.in_count ? LANES : 1;
  }
}
static int64_t chain_scratch(const Call &call) {
  return (int64_t)chain_of(call).registers * CHAIN_TILE * 8;
}

static bool chain_word_fits(const Call &call, const Chain &c, const int64_t *word) {
  const int64_t code = word[0];
  if (code < 0 || code >= CHAIN_FUNCTION_COUNT || word[2] < call.in_count + c.literals ||
      word[2] >= c.registers || word[7] < 0 || word[7] > call.float_count)
    return false;
  const Elementwise *e = CHAIN_FUNCTIONS[code];
  const int inputs = e == nullptr ? 1 : e->inputs;
  for (int i = 0; i < 3; i++) {
    if (word[3 + i] >= c.registers || (word[3 + i] >= 0) != (i < inputs)) return false;
  }
  return e == nullptr || (word[1] != 0 ? e->wholes != nullptr : e->floats != nullptr);
}

// The complaint about a program whose ints end with `tail` further ones (-1: any number).
static const char *chain_program_check(const Call &call, int tail) {
  for (int i = 0; i < 3; i++) {
    if (call.ints[i] < 0 || call.ints[i] > 1024) return "has a program of unlikely size";
  }
  const Chain c = chain_of(call);
  const int words = 3 + 2 * c.literals + CHAIN_WORDS * c.instructions + call.out_count;
  if (c.instructions < 1 || c.registers > MAX_CHAIN_REGISTERS || call.int_count < words ||
      (tail >= 0 && call.int_count != words + tail) || call.float_count < c.literals)
    return "has a program of another size than it states";
  for (int i = 0; i < c.instructions; i++) {
    if (!chain_word_fits(call, c, c.instruction + CHAIN_WORDS * i))
      return "has an instruction that does not fit the program";
  }
  for (int k = 0; k < call.out_count; k++) {
    if (c.result[k] < 0 || c.result[k] >= c.registers) return "has a result that no register holds";
  }
  return nullptr;
}

}  // namespace automodel::AM_ISA
