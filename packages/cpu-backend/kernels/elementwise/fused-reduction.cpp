// fused_reduction: the sum or mean over dimensions of what a fused_elementwise program computes.
// in: operands as there; out: y, the kept dimensions, dense.
// ints: as fused_elementwise with one result, then [mean: 0 or 1, rank of the frame, its shape, the
// reduced dimensions]. floats: as there.
// Elements are added in the order, the parts and the f64 sums of the kernels sum and mean, so
// results have the bits that those kernels give on the computed tensor.

#include "../prelude.h"
#include "../operand.h"
#include "../reduce/fold.h"
#include "../reduce/lines.h"
#include "chain.h"
#include "elementwise.h"
#include "walk.h"

namespace automodel::AM_ISA {

struct ChainReduction {
  Chain chain;
  // trailing: the reduced dimensions are the last ones, so lines follow one another
  bool mean, trailing;
  Tensor frame;     // dense, without data
  ReduceGrid grid;  // as of a tensor of the frame's shape
  uint32_t reduced;
};

static ChainReduction chain_reduction_of(const Call &call) {
  ChainReduction r = {};
  r.chain = chain_of(call);
  const int64_t *rest = r.chain.result + 1;
  r.mean = rest[0] != 0;
  r.frame.dtype = F32;
  r.frame.rank = (int32_t)rest[1];
  int64_t stride = 1;
  for (int d = r.frame.rank - 1; d >= 0; d--) {
    r.frame.shape[d] = rest[2 + d];
    r.frame.stride[d] = stride;
    stride *= rest[2 + d];
  }
  Call plain = call;
  plain.in = &r.frame;
  plain.in_count = 1;
  plain.ints = rest + 2 + r.frame.rank;
  plain.int_count = (int32_t)(call.ints + call.int_count - plain.ints);
  r.reduced = listed_dimensions(plain, 0);
  r.grid = reduce_grid(plain);
  r.trailing = !r.grid.columns && r.reduced == ((1u << plain.int_count) - 1)
                                                   << (r.frame.rank - plain.int_count);
  return r;
}

// An operand seen over the whole frame.
AM_INLINE Tensor over_frame(const Tensor &t, const Tensor &frame) {
  Tensor seen = frame;
  seen.data = t.data;
  seen.dtype = t.dtype;
  for (int d = 0; d < frame.rank; d++) seen.stride[d] = broadcast_stride(t, frame.rank, d);
  return seen;
}

// The frame and all operands over the reduced dimensions, the kept ones, or all.
static Walk chain_walk(const Call &call, const ChainReduction &r, bool of_reduced, bool of_kept) {
  Tensor seen[MAX_WALKED];
  const Tensor *tensors[MAX_WALKED];
  for (int k = 0; k <= call.in_count; k++) {
    seen[k] = k == 0 ? r.frame : over_frame(call.in[k - 1], r.frame);
    if (!of_reduced || !of_kept) seen[k] = some_dimensions(seen[k], r.reduced, of_reduced);
    tensors[k] = &seen[k];
  }
  return walk_of(seen[0], tensors, call.in_count + 1);
}

struct ChainEvaluation {
  const Call &call;
  const ChainReduction &r;
  ChainRegister *registers;
};

// n values of the program from `place` of `w` on.
static const float *evaluate_chain(const ChainEvaluation &e, const Walk &w, const Place &place,
                                   int n) {
  const Chain &c = e.r.chain;
  const bool one_run = run_length(w, place, n) >= n;
  for (int k = 0; k < e.call.in_count; k++)
    load_operand(e.call, w, k, place, n, one_run, e.registers[k]);
  for (int i = 0; i < c.instructions; i++)
    run_instruction(e.call, c.instruction + CHAIN_WORDS * i, e.registers, n, nullptr);
  ChainRegister &result = e.registers[c.result[0]];
  make_ready(result, n);
  return (const float *)result.data;
}

// Sums one piece of a line as fold_line does.
static double sum_piece(const float *x, int64_t n) {
  double lane[16] = {};
  int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    for (int k = 0; k < 16; k++) lane[k] += x[i + k];
  }
  for (int k = 0; i < n; i++, k++) lane[k] += x[i];
  for (int width = 8; width > 0; width /= 2) {
    for (int k = 0; k < width; k++) lane[k] += lane[k + width];
  }
  return lane[0];
}

AM_INLINE Place moved_by(Place place, const Place &by, int operands) {
  for (int k = 0; k < operands; k++) place.offset[k] += by.offset[k];
  return place;
}

// Elements [from, to) of one line.
static double sum_chain_line(const ChainEvaluation &e, const Walk &line, const Place &start,
                             int64_t from, int64_t to) {
  const Walk &dense = e.r.grid.r.reduced;
  double total = 0;
  Place at_dense = place_of(dense, from), at_line = place_of(line, from);
  for (int64_t at = from; at < to;) {
    const int n = (int)run_length(dense, at_dense, min64(BLOCK, to - at));
    total += sum_piece(evaluate_chain(e, line, moved_by(at_line, start, line.operands), n), n);
    advance(dense, at_dense, n);
    for (int done = 0; done < n;) {
      const int step = (int)run_length(line, at_line, n - done);
      advance(line, at_line, step);
      done += step;
    }
    at += n;
  }
  return total;
}

// Elements [from, to) of n neighbouring lines, side by side.
static void sum_chain_columns(const ChainEvaluation &e, const Walk &kept, const Walk &line,
                              const Place &place, int n, int64_t from, int64_t to, double *totals) {
  for (int i = 0; i < n; i++) totals[i] = 0;
  Place at = place_of(line, from);
  for (int64_t k = from; k < to; k++) {
    const float *x = evaluate_chain(e, kept, moved_by(place, at, kept.operands), n);
    for (int i = 0; i < n; i++) totals[i] += x[i];
    advance(line, at, 1);
  }
}

// Whole short lines that follow one another: as many as a tile holds at once.
static void sum_chain_rows(const ChainEvaluation &e, const Walk &all, int64_t first, int64_t n,
                           double *totals) {
  const int64_t length = e.r.grid.length, rows = max64(1, CHAIN_TILE / length);
  for (int64_t done = 0; done < n; done += rows) {
    const int64_t count = min64(rows, n - done);
    const float *x =
        evaluate_chain(e, all, place_of(all, (first + done) * length), (int)(count * length));
    for (int64_t i = 0; i < count; i++) totals[done + i] = sum_piece(x + i * length, length);
  }
}

static void chain_reduce_part(const Call &call, const ChainReduction &r, int64_t part,
                              int64_t chunk, char *scratch) {
  const ReduceGrid &g = r.grid;
  const int64_t from = g.length * part / g.parts, to = g.length * (part + 1) / g.parts,
                end = min64(g.results, (chunk + 1) * g.results_a_chunk);
  const Walk kept = chain_walk(call, r, false, true), line = chain_walk(call, r, true, false),
             all = chain_walk(call, r, true, true);
  ChainRegister registers[MAX_CHAIN_REGISTERS];
  prepare_registers(call, r.chain, all, scratch, registers);
  const ChainEvaluation e = {call, r, registers};
  const bool rows = r.trailing && g.parts == 1 && g.length > 0 && g.length <= BLOCK;
  double totals[BLOCK];
  for (int64_t first = chunk * g.results_a_chunk; first < end;) {
    const int64_t wanted = min64(BLOCK, end - first);
    const int64_t n = g.columns ? run_length(g.r.kept, place_of(g.r.kept, first), wanted) : wanted;
    if (g.columns)
      sum_chain_columns(e, kept, line, place_of(kept, first), (int)n, from, to, totals);
    else if (rows)
      sum_chain_rows(e, all, first, n, totals);
    else
      for (int64_t i = 0; i < n; i++)
        totals[i] = sum_chain_line(e, line, place_of(kept, first + i), from, to);
    if (g.parts > 1)
      memcpy((double *)call.workspace + part * g.results + first, totals, (size_t)n * 8);
    else if (r.mean)
      finish_results<FOLD_MEAN>(call.out[0], first, n, totals, g.length);
    else
      finish_results<FOLD_SUM>(call.out[0], first, n, totals, g.length);
    first += n;
  }
}

static void chain_reduce_run(const Call &call, int32_t phase, int64_t chunk, char *scratch) {
  const ChainReduction r = chain_reduction_of(call);
  const ReduceGrid &g = r.grid;
  if (phase == 0) return chain_reduce_part(call, r, chunk % g.parts, chunk / g.parts, scratch);
  const double *partials = (const double *)call.workspace;
  for (int64_t i = 0; i < g.results; i++) {
    double total = partials[i];
    for (int64_t part = 1; part < g.parts; part++) total += partials[part * g.results + i];
    if (r.mean)
      finish_results<FOLD_MEAN>(call.out[0], i, 1, &total, g.length);
    else
      finish_results<FOLD_SUM>(call.out[0], i, 1, &total, g.length);
  }
}

static int64_t chain_reduce_chunks(const Call &call, int32_t phase) {
  const ReduceGrid g = chain_reduction_of(call).grid;
  return phase == 1 ? g.parts > 1 : g.parts * ceil_div(g.results, g.results_a_chunk);
}
static int64_t chain_reduce_workspace(const Call &call) {
  const ReduceGrid g = chain_reduction_of(call).grid;
  return g.parts > 1 ? g.parts * g.results * 8 : 0;
}

static const char *chain_reduce_check(const Call &call) {
  if (call.int_count < 3 || call.out_count != 1 || call.in_count + 1 > MAX_WALKED)
    return "needs a program, one result, and not more tensors than it can walk";
  const char *complaint = chain_program_check(call, -1);
  if (complaint != nullptr) return complaint;
  const Chain c = chain_of(call);
  const int64_t *rest = c.result + 1, left = call.ints + call.int_count - rest;
  if (left < 3 || rest[1] < 1 || rest[1] > MAX_RANK || left < 3 + rest[1] || left > 2 + 2 * rest[1])
    return "needs a frame and the dimensions that are reduced";
  for (int64_t i = 0; i < rest[1]; i++) {
    if (rest[2 + i] < 0 || rest[2 + i] > INT32_MAX) return "has a frame of unlikely size";
  }
  uint32_t seen = 0;
  for (int64_t i = 2 + rest[1]; i < left; i++) {
    if (rest[i] < 0 || rest[i] >= rest[1] || (seen >> rest[i] & 1) != 0)
      return "reduces a dimension that the frame lacks";
    seen |= 1u << rest[i];
  }
  const ChainReduction r = chain_reduction_of(call);
  for (int k = 0; k < call.in_count; k++) {
    if (!present(call.in[k]) || call.in[k].dtype == F64 || !broadcasts_to(call.in[k], r.frame))
      return "an operand does not broadcast to the frame";
  }
  if (!present(call.out[0]) || !is_float(call.out[0].dtype) || !is_dense(call.out[0]) ||
      r.grid.r.kept.count != elements(call.out[0]))
    return "y must hold the kept dimensions as floats without gaps";
  return nullptr;
}

constexpr Kernel fused_reduction_kernel = {
    "fused_reduction", 2,       chain_reduce_chunks, chain_reduce_run, chain_reduce_workspace,
    chain_scratch,     nullptr, chain_reduce_check};

}  // namespace automodel::AM_ISA
