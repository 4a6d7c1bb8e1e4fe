// fused_elementwise: a straight-line program over the elements of one shape. in: operands (f32 bf16
// f16 i64 i32 bool, any strides) that broadcast to the results' shape; out: results of one shape,
// some may be absent.
// ints: [instructions, literals, temporaries, (kind, whole value) of each literal, (function, kind,
// target, a, b, c, whole parameter, first float parameter) of each instruction, register of each
// result]. floats: literals, then parameters. kind: 0 float, 1 whole number. Registers: operands,
// then literals, then temporaries; -1 is none. Functions: the table below, in its order.
// Registers hold f32 (bool as 0 and 1) or int64_t; the functions are those of the kernels of the
// same names, so every element gets the bits that those kernels give it.
// The program runs over tiles of at most CHAIN_TILE elements; what is the same for a whole tile is
// computed once for it.

#include "../prelude.h"
#include "../operand.h"
#include "chain.h"
#include "convert.h"
#include "elementwise.h"
#include "walk.h"

namespace automodel::AM_ISA {

AM_INLINE void write_result(const Call &call, const Walk &w, int k, Place place, int n,
                            ChainRegister &r) {
  make_ready(r, n);
  const Tensor &t = call.out[k];
  for (int done = 0; done < n;) {
    const int run = (int)run_length(w, place, n - done);
    char *to = t.data + place.offset[k] * bytes_of(t.dtype);
    if (r.whole)
      write_run(to, (const int64_t *)r.data + done, t.dtype, w.stride[k][w.rank - 1], run);
    else
      write_run(to, (const float *)r.data + done, t.dtype, w.stride[k][w.rank - 1], run);
    advance(w, place, run);
    done += run;
  }
}

static void chain_run(const Call &call, int32_t, int64_t chunk, char *scratch) {
  const Chain c = chain_of(call);
  const Tensor *tensors[MAX_WALKED];
  for (int k = 0; k < call.out_count; k++)
    tensors[k] = present(call.out[k]) ? &call.out[k] : &chain_shape(call);
  for (int k = 0; k < call.in_count; k++) tensors[call.out_count + k] = &call.in[k];
  const Walk w = walk_of(chain_shape(call), tensors, call.out_count + call.in_count);
  ChainRegister registers[MAX_CHAIN_REGISTERS];
  prepare_registers(call, c, w, scratch, registers);
  const int64_t end = min64(w.count, (chunk + 1) * CHAIN_CHUNK);
  const int64_t *last = c.instruction + CHAIN_WORDS * (c.instructions - 1);
  // The last instruction may write its result to its final place: everything has been read by then.
  int direct = -1;
  for (int k = 0; k < call.out_count; k++) {
    if (present(call.out[k]) && c.result[k] == last[2]) direct = direct == -1 ? k : -2;
  }
  Place place = place_of(w, chunk * CHAIN_CHUNK);
  for (int64_t at = chunk * CHAIN_CHUNK; at < end;) {
    const int64_t run = run_length(w, place, min64(CHAIN_TILE, end - at));
    const int n = (int)(w.shape[w.rank - 1] >= SHORT_RUN ? run : min64(CHAIN_TILE, end - at));
    for (int k = 0; k < call.in_count; k++)
      load_operand(call, w, k, place, n, run >= n, registers[k]);
    for (const int64_t *word = c.instruction; word < last; word += CHAIN_WORDS)
      run_instruction(call, word, registers, n, nullptr);
    char *to = nullptr;
    if (direct >= 0 && run >= n) {
      const Tensor &t = call.out[direct];
      char *p = t.data + place.offset[direct] * bytes_of(t.dtype);
      const int64_t stride = w.stride[direct][w.rank - 1];
      if (last[1] != 0 ? lies_ready<int64_t>(p, t.dtype, stride)
                       : lies_ready<float>(p, t.dtype, stride))
        to = p;
    }
    run_instruction(call, last, registers, n, to);
    for (int k = 0; k < call.out_count; k++) {
      if (present(call.out[k]) && (to == nullptr || k != direct))
        write_result(call, w, k, place, n, registers[c.result[k]]);
    }
    for (int done = 0; done < n;) {
      const int step = (int)run_length(w, place, n - done);
      advance(w, place, step);
      done += step;
    }
    at += n;
  }
}

static int64_t chain_chunks(const Call &call, int32_t) {
  return ceil_div(elements(chain_shape(call)), CHAIN_CHUNK);
}

static const char *chain_check(const Call &call) {
  if (call.int_count < 3 || call.out_count < 1 || call.in_count + call.out_count > MAX_WALKED)
    return "needs a program, results, and not more tensors than it can walk";
  const char *complaint = chain_program_check(call, 0);
  if (complaint != nullptr) return complaint;
  for (int k = 0; k < call.in_count; k++) {
    if (!present(call.in[k]) || call.in[k].dtype == F64 ||
        !broadcasts_to(call.in[k], chain_shape(call)))
      return "an operand does not broadcast to the results";
  }
  for (int k = 0; k < call.out_count; k++) {
    if (!present(chain_shape(call)) || call.out[k].dtype == F64 ||
        (present(call.out[k]) && !same_shape(call.out[k], chain_shape(call))))
      return "results must have one shape";
  }
  return nullptr;
}

constexpr Kernel fused_elementwise_kernel = {
    "fused_elementwise", 1, chain_chunks, chain_run, nullptr, chain_scratch, nullptr, chain_check};

}  // namespace automodel::AM_ISA
