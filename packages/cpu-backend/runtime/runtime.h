// What the files of the runtime share: the C interface's export macro, error texts, and the
// structures of programs and pools.
// The runtime owns threads, programs and memory; it knows kernels only through kernels/kernel.h.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "../kernels/group.h"
#include "../kernels/kernel.h"
#include "sharing.h"
#include "threads.h"

#if defined(_WIN32)
#define AUTOMODEL_API extern "C" __attribute__((dllexport))
#else
#define AUTOMODEL_API extern "C" __attribute__((visibility("default")))
#endif

namespace automodel {

constexpr int32_t MAX_THREADS = 256;
constexpr int64_t CACHE_LINE = 64;

// The set of that name, or the best one that this machine runs where the name is empty. Null, with
// a text, if the machine lacks it.
bool choose_kernels(const char *name, KernelSet &set, char *error, int32_t capacity);

// Writes text, a number (left out if it is NO_NUMBER) and further texts into a caller's buffer,
// always with an end, cut if the buffer is too small.
constexpr int64_t NO_NUMBER = INT64_MIN;
void write_error(char *buffer, int32_t capacity, const char *before, int64_t number,
                 const char *after = "", const char *further = "");

// zeroed, at least 64-byte aligned; null where there is no memory
void *allocate_bytes(int64_t bytes);
void free_bytes(void *p, int64_t bytes);

struct TensorSlot {  // a tensor of a step before its base is known
  int64_t base;
  int64_t offset;
};

struct Step {
  const Kernel *kernel;
  Call call;               // tensors have data set by bind()
  TensorSlot *slots;       // in, then out
  int64_t workspace_base;  // -1: none
  int64_t workspace_offset, workspace_bytes;
  int32_t phases;
  int64_t *chunks;  // of each phase
  int64_t *alone;   // of each phase: nanoseconds that one thread takes for it; 0: not known yet
  uint64_t what;    // where ranks meet: the same on all of them
  int32_t stream;
  int64_t after;  // the last step of the other stream that has to have ended before; -1: none
};

// Steps of a stream run in order. Collectives may be on one of their own.
enum StreamIndex : int32_t { COMPUTE = 0, COMMUNICATION = 1, STREAMS = 2 };

enum RunMode { RUN_PROFILE = 1, RUN_SCAN = 2 };
enum RunStatus {
  RUN_DONE = 0,
  RUN_ABORTED = 1,
  RUN_NOT_FINITE = 2,
  RUN_RANK_GONE = 3,
  RUN_RANKS_DIFFER = 4,
  RUN_NO_MEMORY = 5
};

struct Pool;

struct Program {
  Pool *pool;
  char *memory;  // one block that holds this structure, steps, tensors and attributes
  int64_t memory_bytes;
  int64_t *phases;  // `chunks` and `alone` of all steps
  int64_t phase_count;
  int64_t phases_bytes;
  int64_t base_count;
  Step *steps;
  int64_t step_count;
  int64_t *nanoseconds;   // of each step of the last profiled run
  int64_t scratch_bytes;  // per thread
  int32_t abort;          // set from outside to end a run early
  bool meets;             // whether it has steps in which ranks meet
  bool has_streams;       // whether it has steps of both streams
  int64_t *result;        // of the run in progress: status, step, output or rank, element
};

struct alignas(CACHE_LINE) Worker {
  Pool *pool;
  int32_t index;  // 0 is the leader, which walks the programs; the others help
  int32_t asleep;
  Condition wake;
  Thread handle;
};

// A phase whose chunks anybody may take. It changes only when all chunks that were taken are done.
struct Offer {
  const Step *step;
  int32_t phase;
  int64_t chunks;
  const int32_t *abort;
};

// How far the streams of a run are, for those that wait for each other.
struct Streams {
  alignas(CACHE_LINE) int64_t ended[STREAMS];  // the step of each that has ended last
  int32_t failed;                              // 1: the run ends early
  int32_t waiting;                             // threads that sleep
  Condition changed;
};

// What several threads write all the time is on a cache line of its own.
struct Pool {
  int64_t memory_bytes;
  KernelSet set;
  int32_t threads;
  int64_t spin_nanoseconds;  // how long a thread waits before it sleeps
  Worker *workers;
  Mutex mutex;  // of all conditions
  Condition done, leader;
  Mutex run_mutex;  // one program at a time
  char *scratch;
  int64_t scratch_bytes;  // per thread
  Program *program;       // the program that runs; null: none
  int32_t mode;
  bool is_shared;      // whether helpers take part in the run
  int64_t run_number;  // grows by one with each run; the leader waits for it
  bool closing;
  Sharing sharing;
  Streams streams;
  Offer offer;
  int32_t active;                      // threads that take part, the leader among them
  alignas(CACHE_LINE) int64_t left;    // chunks on offer that nobody has taken; may be negative
  alignas(CACHE_LINE) int64_t helped;  // chunks that helpers have done
  int32_t leader_asleep;
};

inline void enter_thread(const Pool &pool) {
  if (pool.set.enter_thread != nullptr) pool.set.enter_thread();
}

inline char *scratch_of(const Pool &pool, int32_t thread) {
  return pool.scratch + thread * pool.scratch_bytes;
}

void program_walk(Pool &pool);  // run.cpp

// team.cpp: does all chunks of a phase, with helpers where that pays. `start`: nanoseconds_now();
// returns the time at its end (`start` where the pool has one thread, which needs no clock).
int64_t do_phase(Pool &pool, const Step &step, int32_t phase, int64_t start);
// team.cpp: whether helpers take part in a run; yes where it is not known how long one thread takes
bool is_worth_a_team(const int64_t *chunks, const int64_t *alone, int64_t phases);
// team.cpp: takes part until the pool closes
void help(Pool &pool, Worker &worker);

// How a meeting ended: RUN_DONE, or why not and because of which rank.
struct Met {
  int32_t status;
  int64_t rank;
};
// meeting.cpp: waits until all ranks of the step's group have come to this phase
Met meet(const Step &step, int32_t phase, const int32_t *abort);
// meeting.cpp: a number for what a step does in a phase, whatever the rank
int64_t what_at(const Step &step, int32_t phase);
// communicate.cpp: whether ranks that share no memory meet in a step, and the whole of such a step
bool is_by_messages(const Step &step);
Met communicate(const Step &step, const int32_t *abort);

// streams.cpp: begins a run, tells that a step has ended, or that the run ends early (true for the
// first to say so), waits for what a step comes after (false: the run ends early)
void begin_streams(Pool &pool);
void end_step(Pool &pool, int64_t index);
bool fail_run(Pool &pool);
bool await_others(Pool &pool, const Step &step);
// meeting.cpp: a number for what a call does, whatever the rank
uint64_t what_it_does(const Kernel &kernel, const Call &call);

// pool.cpp; bytes per thread; false if there is no memory
bool grow_scratch(Pool &pool, int64_t bytes);

}  // namespace automodel
