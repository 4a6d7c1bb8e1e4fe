// How a program is walked: phase after phase of step after step, until the end or until the run is
// told to stop. One thread walks; team.cpp shares the chunks of a phase with others.
#include "runtime.h"

namespace automodel {
namespace {

bool finite_at(const char *p, DType dtype) {
  if (dtype == F32) {
    uint32_t bits;
    memcpy(&bits, p, 4);
    return (bits & 0x7f800000u) != 0x7f800000u;
  }
  if (dtype == F64) {
    uint64_t bits;
    memcpy(&bits, p, 8);
    return (bits & 0x7ff0000000000000u) != 0x7ff0000000000000u;
  }
  uint16_t bits;
  memcpy(&bits, p, 2);
  return dtype == BF16 ? (bits & 0x7f80u) != 0x7f80u : (bits & 0x7c00u) != 0x7c00u;
}

// Row-major index of the first element that is not finite; -1 where all are.
int64_t first_not_finite(const Tensor &t) {
  if (t.rank < 0 || t.dtype == I64 || t.dtype == I32 || t.dtype == BOOL) return -1;
  const int64_t size = t.dtype == F64 ? 8 : t.dtype == F32 ? 4 : 2;
  int64_t total = 1;
  for (int32_t d = 0; d < t.rank; d++) total *= t.shape[d];
  int64_t index[MAX_RANK] = {}, at = 0;
  for (int64_t i = 0; i < total; i++) {
    if (!finite_at(t.data + at * size, t.dtype)) return i;
    for (int32_t d = t.rank - 1; d >= 0; d--) {
      at += t.stride[d];
      if (++index[d] < t.shape[d]) break;
      at -= index[d] * t.stride[d];
      index[d] = 0;
    }
  }
  return -1;
}

void scan(Program &program, int64_t index) {
  const Step &step = program.steps[index];
  for (int32_t output = 0; output < step.call.out_count && program.result[0] == RUN_DONE;
       output++) {
    const int64_t element = first_not_finite(step.call.out[output]);
    if (element < 0) continue;
    program.result[1] = index;
    program.result[2] = output;
    program.result[3] = element;
    program.result[0] = RUN_NOT_FINITE;
  }
}

// Waits for the other ranks where the phase needs them; false ends the run.
bool begin_phase(Program &program, int64_t index, int32_t phase) {
  const Step &step = program.steps[index];
  if ((step.kernel->meets >> phase & 1) == 0) return true;
  const Met met = meet(step, phase, &program.abort);
  if (met.status == RUN_DONE) return true;
  program.result[1] = index;
  program.result[2] = met.rank;
  program.result[0] = met.status;
  return false;
}

}  // namespace

void program_walk(Pool &pool) {
  Program &program = *pool.program;
  pool.is_shared =
      pool.threads > 1 &&
      is_worth_a_team(program.phases, program.phases + program.phase_count, program.phase_count);
  const bool is_timed = pool.threads > 1 || (pool.mode & RUN_PROFILE);
  int64_t now = is_timed ? nanoseconds_now() : 0;
  for (int64_t i = 0; i < program.step_count; i++) {
    const Step &step = program.steps[i];
    const int64_t started = now;
    for (int32_t phase = 0; phase < step.phases; phase++) {
      if (!begin_phase(program, i, phase)) return;
      if (is_timed && step.kernel->meets != 0) now = nanoseconds_now();
      if (step.chunks[phase] > 0) now = do_phase(pool, step, phase, now);
      if (load_acquire(&program.abort) == 0) continue;
      program.result[1] = i;
      program.result[0] = RUN_ABORTED;
      return;
    }
    if (pool.mode & RUN_PROFILE) {
      now = nanoseconds_now();
      program.nanoseconds[i] = now - started;
    }
    if (pool.mode & RUN_SCAN) scan(program, i);
    // the other ranks wait in the collectives that follow
    if (program.result[0] != RUN_DONE && !program.meets) return;
    if (is_timed && (pool.mode & RUN_SCAN)) now = nanoseconds_now();
  }
}

}  // namespace automodel
