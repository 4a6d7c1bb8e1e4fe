// How threads walk a program together: every thread goes through all phases of all steps, takes
// chunks of the current phase from a shared counter, and meets the others at a barrier.
// The last to arrive at a barrier decides for all whether the run goes on.
#include "runtime.h"

namespace automodel {
namespace {

// tens of microseconds; none where threads outnumber processors
constexpr int64_t SPINS_BEFORE_SLEEP = 4000;

bool aborted(const Program &program) { return load_acquire(&program.abort) != 0; }

// What the last thread to arrive does before the others go on.
void between_phases(Pool &pool, int64_t step, bool step_ends) {
  Program &program = *pool.program;
  pool.next_chunk = 0;
  if (step_ends && (pool.mode & RUN_PROFILE)) {
    const int64_t now = nanoseconds_now();
    program.nanoseconds[step] = now - pool.step_started;
    pool.step_started = now;
  }
  if (program.result[0] == RUN_DONE && (load_acquire(&pool.abort_seen) != 0 || aborted(program))) {
    program.result[1] = step;
    program.result[0] = RUN_ABORTED;
  }
  pool.stop = program.result[0] != RUN_DONE;
}

void wait_for_generation(Pool &pool, int64_t generation) {
  const int64_t most = pool.crowded ? 0 : SPINS_BEFORE_SLEEP;
  for (int64_t spins = 0; spins < most; spins++) {
    if (load_acquire(&pool.generation) != generation) return;
    pause_briefly();
  }
  pool.mutex.acquire();
  // before the generation is read again: the waker accesses the two in the opposite order
  __atomic_add_fetch(&pool.sleepers, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(&pool.generation, __ATOMIC_SEQ_CST) == generation)
    pool.work.wait(pool.mutex);
  add_and_fetch(&pool.sleepers, -1);
  pool.mutex.release();
}

void barrier(Pool &pool, int64_t step, bool step_ends) {
  const int64_t generation = load_acquire(&pool.generation);
  if (add_and_fetch(&pool.arrived, 1) < pool.threads) return wait_for_generation(pool, generation);
  pool.arrived = 0;
  between_phases(pool, step, step_ends);
  __atomic_store_n(&pool.generation, generation + 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&pool.sleepers, __ATOMIC_SEQ_CST) > 0) {
    pool.mutex.acquire();
    pool.work.wake_all();
    pool.mutex.release();
  }
}

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

void scan(Pool &pool, int64_t index) {
  Program &program = *pool.program;
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

}  // namespace

void program_walk(Pool &pool, int32_t thread) {
  Program &program = *pool.program;
  char *scratch = pool.scratch + thread * pool.scratch_bytes;
  const bool scans = pool.mode & RUN_SCAN;
  for (int64_t i = 0; i < program.step_count; i++) {
    const Step &step = program.steps[i];
    for (int32_t phase = 0; phase < step.phases; phase++) {
      const int64_t chunks = step.chunks[phase];
      if (chunks > 0) {
        for (;;) {
          if (aborted(program)) {
            store_release(&pool.abort_seen, 1);  // decided at the barrier, for all threads at once
            break;
          }
          const int64_t chunk = fetch_and_add(&pool.next_chunk, (int64_t)1);
          if (chunk >= chunks) break;
          step.kernel->run(step.call, phase, chunk, scratch);
        }
      }
      if (chunks > 0 || phase + 1 == step.phases) barrier(pool, i, phase + 1 == step.phases);
      if (pool.stop) return;
    }
    if (scans) {
      if (thread == 0) scan(pool, i);
      barrier(pool, i, false);
      if (pool.stop) return;
    }
  }
}

}  // namespace automodel
