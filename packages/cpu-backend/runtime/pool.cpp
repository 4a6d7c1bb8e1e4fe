// The pool: threads that run programs. A caller hands a program over to the first of them and
// waits; between runs all sleep. One program runs at a time; scratch is shared by all programs of
// the pool.
#include "runtime.h"

namespace automodel {

// Longer than the gap between two phases, and than the imbalance at the end of most.
constexpr int64_t SPIN_NANOSECONDS = 50000;
// Between two runs a caller has more to do.
constexpr int64_t IDLE_SPIN_NANOSECONDS = 10000;

static bool wait_for_run(Pool &pool, int64_t seen) {
  const auto is_due = [&] {
    return load_acquire(&pool.run_number) != seen || load_acquire(&pool.closing);
  };
  spin_until(pool.spin_nanoseconds > 0 ? IDLE_SPIN_NANOSECONDS : 0, is_due);
  pool.mutex.acquire();
  while (!is_due()) pool.workers[0].wake.wait(pool.mutex);
  const bool runs = pool.run_number != seen;
  pool.mutex.release();
  return runs;
}

static void lead(Pool &pool) {
  for (int64_t seen = 0; wait_for_run(pool, seen); seen++) {
    enter_thread(pool);  // a library for collectives may have left the thread otherwise
    program_walk(pool);
    pool.mutex.acquire();
    pool.program = nullptr;
    pool.done.wake_all();
    pool.mutex.release();
  }
}

AUTOMODEL_THREAD_BODY(worker_body, argument) {
  Worker &worker = *(Worker *)argument;
  enter_thread(*worker.pool);
  if (worker.index == 0)
    lead(*worker.pool);
  else
    help(*worker.pool, worker);
  return 0;
}

bool grow_scratch(Pool &pool, int64_t bytes) {
  bytes = (bytes + 4095) / 4096 * 4096;
  bool grown = true;
  pool.run_mutex.acquire();
  if (bytes > pool.scratch_bytes) {
    if (pool.scratch != nullptr) free_bytes(pool.scratch, pool.scratch_bytes * pool.threads);
    pool.scratch = (char *)allocate_bytes(bytes * pool.threads);
    grown = pool.scratch != nullptr;
    pool.scratch_bytes = grown ? bytes : 0;
  }
  pool.run_mutex.release();
  return grown;
}

static void close_pool(Pool *pool, int32_t started) {
  pool->mutex.acquire();
  store_release(&pool->closing, true);
  pool->mutex.release();
  for (int32_t i = 0; i < started; i++) pool->workers[i].wake.wake_all();
  for (int32_t i = 0; i < started; i++) pool->workers[i].handle.join();
  if (pool->scratch != nullptr) free_bytes(pool->scratch, pool->scratch_bytes * pool->threads);
  for (int32_t i = 0; i < pool->threads; i++) pool->workers[i].wake.destroy();
  pool->leader.destroy();
  pool->streams.changed.destroy();
  pool->done.destroy();
  pool->mutex.destroy();
  pool->run_mutex.destroy();
  free_bytes(pool, pool->memory_bytes);
}

}  // namespace automodel

using namespace automodel;

// A pool of threads for one instruction set (an empty name: the best of this machine). Null, with a
// text, if that is impossible.
AUTOMODEL_API Pool *automodel_pool_create(int32_t threads, const char *instruction_set, char *error,
                                          int32_t capacity) {
  if (threads < 1 || threads > MAX_THREADS) {
    write_error(error, capacity, "the number of threads must be 1 to ", MAX_THREADS);
    return nullptr;
  }
  KernelSet set;
  if (!choose_kernels(instruction_set, set, error, capacity)) return nullptr;
  const int64_t bytes = (int64_t)sizeof(Pool) + threads * (int64_t)sizeof(Worker);
  char *memory = (char *)allocate_bytes(bytes);
  if (memory == nullptr) {
    write_error(error, capacity, "out of memory", NO_NUMBER);
    return nullptr;
  }
  Pool *pool = (Pool *)memory;
  pool->mutex = Mutex();
  pool->run_mutex = Mutex();
  pool->done = Condition();
  pool->leader = Condition();
  pool->streams.changed = Condition();
  pool->memory_bytes = bytes;
  pool->set = set;
  pool->threads = threads;
  pool->spin_nanoseconds = threads > processor_count() ? 0 : SPIN_NANOSECONDS;
  pool->sharing.begin(threads);
  pool->active = threads;
  pool->workers = (Worker *)(memory + sizeof(Pool));
  for (int32_t i = 0; i < threads; i++) {
    Worker &worker = pool->workers[i];
    worker.pool = pool;
    worker.index = i;
    worker.wake = Condition();
  }
  for (int32_t i = 0; i < threads; i++) {
    if (!pool->workers[i].handle.start(worker_body, &pool->workers[i])) {
      close_pool(pool, i);
      write_error(error, capacity, "cannot start thread ", i);
      return nullptr;
    }
  }
  return pool;
}

// Waits for a run in progress, then ends the threads. Programs of the pool must have been destroyed
// before.
AUTOMODEL_API void automodel_pool_destroy(Pool *pool) {
  pool->run_mutex.acquire();
  pool->run_mutex.release();
  close_pool(pool, pool->threads);
}

AUTOMODEL_API const char *automodel_pool_instruction_set(Pool *pool) { return pool->set.name; }

// Names of the pool's kernels, separated by newlines.
AUTOMODEL_API int32_t automodel_pool_kernels(Pool *pool, char *text, int32_t capacity) {
  int32_t at = 0;
  for (int32_t i = 0; i < pool->set.count; i++) {
    const int32_t length = (int32_t)strlen(pool->set.kernels[i].name);
    if (at + length + 2 > capacity) return -1;
    memcpy(text + at, pool->set.kernels[i].name, (size_t)length);
    at += length;
    text[at++] = '\n';
  }
  text[at] = 0;
  return at;
}

// Runs a program over `bases` (an address for each base) and waits for its end; `result` receives
// status, step, output, element. Meant for a thread of the caller that may block: the threads of
// the pool do the work.
AUTOMODEL_API int32_t automodel_program_run(Program *program, char *const *bases, int32_t mode,
                                            int64_t *result) {
  Pool &pool = *program->pool;
  pool.run_mutex.acquire();
  for (int64_t i = 0; i < program->step_count; i++) {
    Step &step = program->steps[i];
    const int32_t operands = step.call.in_count + step.call.out_count;
    Tensor *tensors = const_cast<Tensor *>(step.call.in);
    for (int32_t t = 0; t < operands; t++)
      tensors[t].data =
          step.slots[t].base < 0 ? nullptr : bases[step.slots[t].base] + step.slots[t].offset;
    step.call.workspace =
        step.workspace_base < 0 ? nullptr : bases[step.workspace_base] + step.workspace_offset;
  }
  program->result = result;
  result[0] = RUN_DONE;
  pool.mutex.acquire();
  pool.mode = mode;
  pool.program = program;
  store_release(&pool.run_number, pool.run_number + 1);
  pool.workers[0].wake.wake_all();
  while (pool.program != nullptr) pool.done.wait(pool.mutex);
  pool.mutex.release();
  const int32_t status = (int32_t)result[0];
  pool.run_mutex.release();
  return status;
}
