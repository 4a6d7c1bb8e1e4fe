// How a program is walked: phase after phase of step after step, until the end or until the run is
// told to stop. One thread walks; team.cpp shares the chunks of a phase with others. Collectives by
// messages have a thread of their own, which walks their stream, unless the run is scanned or
// profiled: then all steps run in order.
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

// Ends the run early; the first reason counts.
bool fail(Pool &pool, int64_t index, const Met &why) {
  if (!fail_run(pool)) return false;
  int64_t *result = pool.program->result;
  result[1] = index;
  result[2] = why.rank;
  result[0] = why.status;
  return false;
}

bool goes_on(Pool &pool, int64_t index) {
  if (load_acquire(&pool.program->abort) != 0) return fail(pool, index, {RUN_ABORTED, 0});
  return load_acquire(&pool.streams.failed) == 0;
}

bool do_messages(Pool &pool, int64_t index) {
  const Step &step = pool.program->steps[index];
  const Met met = communicate(step, &pool.program->abort);
  // helpers have no part in it
  for (int32_t phase = 0; phase < step.phases; phase++) step.alone[phase] = 1;
  return met.status == RUN_DONE ? goes_on(pool, index) : fail(pool, index, met);
}

// The phases of a step, with the other ranks where they share memory. `now`: its start where the
// run is timed, then its end.
bool do_phases(Pool &pool, int64_t index, bool is_timed, int64_t &now) {
  const Step &step = pool.program->steps[index];
  for (int32_t phase = 0; phase < step.phases; phase++) {
    if (step.kernel->meets >> phase & 1) {
      const Met met = meet(step, phase, &pool.program->abort);
      if (met.status != RUN_DONE) return fail(pool, index, met);
    }
    if (is_timed && step.kernel->meets != 0) now = nanoseconds_now();
    if (step.chunks[phase] > 0) now = do_phase(pool, step, phase, now);
    if (!goes_on(pool, index)) return false;
  }
  return true;
}

// Steps that do not come by messages, or all.
void walk(Pool &pool, bool is_alone) {
  Program &program = *pool.program;
  const bool is_timed = pool.threads > 1 || (pool.mode & RUN_PROFILE);
  int64_t now = is_timed ? nanoseconds_now() : 0;
  for (int64_t i = 0; i < program.step_count; i++) {
    const Step &step = program.steps[i];
    if (!is_alone && step.stream != COMPUTE) continue;
    if (!is_alone && step.after >= 0) {
      if (!await_others(pool, step)) return;
      if (is_timed) now = nanoseconds_now();
    }
    const int64_t started = now;
    const bool is_done =
        is_by_messages(step) ? do_messages(pool, i) : do_phases(pool, i, is_timed, now);
    if (!is_done) return;
    if (!is_alone) end_step(pool, i);
    if (pool.mode & RUN_PROFILE) {
      now = nanoseconds_now();
      program.nanoseconds[i] = now - started;
    }
    if (pool.mode & RUN_SCAN) scan(program, i);
    // the other ranks wait in the collectives that follow
    if (!program.meets && program.result[0] != RUN_DONE) return;
    if (is_timed && (pool.mode & RUN_SCAN)) now = nanoseconds_now();
  }
}

// The stream of collectives. Those of one rank need no messages, and no helpers.
AUTOMODEL_THREAD_BODY(communication_body, argument) {
  Pool &pool = *(Pool *)argument;
  Program &program = *pool.program;
  for (int64_t i = 0; i < program.step_count; i++) {
    const Step &step = program.steps[i];
    if (step.stream == COMPUTE) continue;
    if (step.after >= 0 && !await_others(pool, step)) break;
    if (!do_messages(pool, i)) break;
    end_step(pool, i);
  }
  return 0;
}

bool has_messages(const Program &program) {
  for (int64_t i = 0; i < program.step_count && program.has_streams; i++)
    if (program.steps[i].stream != COMPUTE && is_by_messages(program.steps[i])) return true;
  return false;
}

}  // namespace

void program_walk(Pool &pool) {
  Program &program = *pool.program;
  pool.is_shared =
      pool.threads > 1 &&
      is_worth_a_team(program.phases, program.phases + program.phase_count, program.phase_count);
  begin_streams(pool);
  Thread communication;
  const bool is_alone = (pool.mode & (RUN_SCAN | RUN_PROFILE)) || !has_messages(program) ||
                        !communication.start(communication_body, &pool);
  walk(pool, is_alone);
  if (!is_alone) communication.join();
}

}  // namespace automodel
