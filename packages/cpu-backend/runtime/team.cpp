// How threads share the chunks of a phase: one of them, the leader, walks the program and offers
// chunks; the helpers take what is left whenever they come by.
// The leader waits for chunks that somebody has begun, never for a helper that has none, so a
// helper that the operating system keeps from running costs nothing. Nobody spins for longer than
// SPIN_NANOSECONDS before it sleeps.
#include "runtime.h"

namespace automodel {
namespace {

// A phase that one thread does in this time is not worth another thread's look at it, or its
// waking.
constexpr int64_t WORTH_SHARING = 4000, WORTH_WAKING = 10000;
// Nor is a program: its many short phases cost a helper more than it takes over.
constexpr int64_t WORTH_A_TEAM = 400000;

// Takes chunks of the phase on offer until none is left; returns how many. They belong to one
// phase, because the next one is offered only when all of them are reported.
int64_t take_chunks(Pool &pool, int32_t thread) {
  int64_t taken = 0;
  while (load_acquire(&pool.left) > 0) {
    const int64_t left = fetch_and_add(&pool.left, (int64_t)-1);
    if (left <= 0) break;
    taken++;
    // program and scratch are there as long as a chunk that was taken is not reported
    const Offer &offer = pool.offer;
    // a run that is told to stop ends after this phase, whose results nobody reads
    if (load_acquire(offer.abort) == 0)
      offer.step->kernel->run(offer.step->call, offer.phase, offer.chunks - left,
                              scratch_of(pool, thread));
  }
  return taken;
}

// Wakes at most `count` of the threads that take part.
void wake_helpers(Pool &pool, int32_t threads, int64_t count) {
  bool is_needed = false;
  for (int32_t i = 1; i < threads && !is_needed; i++)
    is_needed = load_in_order(&pool.workers[i].asleep) != 0;
  if (!is_needed || count <= 0) return;
  Worker *woken[MAX_THREADS];
  int32_t found = 0;
  pool.mutex.acquire();
  for (int32_t i = 1; i < threads && found < count; i++) {
    Worker &worker = pool.workers[i];
    if (!worker.asleep) continue;
    worker.asleep = 0;
    woken[found++] = &worker;
  }
  pool.mutex.release();
  for (int32_t i = 0; i < found; i++) woken[i]->wake.wake_all();
}

void wait_for_helpers(Pool &pool, int64_t chunks) {
  const auto are_done = [&] { return load_in_order(&pool.helped) == chunks; };
  if (spin_until(pool.spin_nanoseconds, are_done)) return;
  pool.mutex.acquire();
  store_in_order(&pool.leader_asleep, 1);  // before `helped` is read again, as `report` does
  while (!are_done()) pool.leader.wait(pool.mutex);
  pool.leader_asleep = 0;
  pool.mutex.release();
}

void report(Pool &pool, int64_t chunks) {
  __atomic_add_fetch(&pool.helped, chunks, __ATOMIC_SEQ_CST);
  if (load_in_order(&pool.leader_asleep) == 0) return;
  pool.mutex.acquire();
  pool.leader.wake_all();
  pool.mutex.release();
}

bool takes_part(Pool &pool, const Worker &worker) {
  return worker.index < load_acquire(&pool.active);
}

// Until there may be chunks to take, or the pool closes.
void wait_for_offer(Pool &pool, Worker &worker) {
  const auto is_due = [&] {
    return (load_in_order(&pool.left) > 0 && takes_part(pool, worker)) ||
           load_acquire(&pool.closing);
  };
  if (spin_until(takes_part(pool, worker) ? pool.spin_nanoseconds : 0, is_due)) return;
  pool.mutex.acquire();
  store_in_order(&worker.asleep, 1);  // before `left` is read again, as `wake_helpers` does
  if (!is_due())
    while (worker.asleep && !pool.closing) worker.wake.wait(pool.mutex);
  worker.asleep = 0;
  pool.mutex.release();
}

// Follows what was seen down at once and up in steps, because a thread that was seen to take long
// may have been kept from running.
int64_t learned(int64_t known, int64_t seen) {
  if (known > 0 && seen > 2 * known) return 2 * known;
  return seen > 0 ? seen : 1;
}

// What one thread would take for all chunks of a phase, of which it did `own` from `start` on.
int64_t time_alone(int64_t start, int64_t end, int64_t own, int64_t chunks) {
  return (int64_t)((double)(end - start) * (double)chunks / (double)own);
}

void offer(Pool &pool, const Step &step, int32_t phase, int32_t threads) {
  const int64_t chunks = step.chunks[phase], alone = step.alone[phase];
  pool.offer = {&step, phase, chunks, &pool.program->abort};
  store_in_order(&pool.helped, (int64_t)0);
  store_release(&pool.active, threads);
  store_in_order(&pool.left, chunks);
  const int64_t worth = alone == 0 ? threads : alone / WORTH_WAKING;
  wake_helpers(pool, threads, worth < chunks - 1 ? worth : chunks - 1);
}

int64_t do_alone(Pool &pool, const Step &step, int32_t phase) {
  const int64_t chunks = step.chunks[phase];
  for (int64_t chunk = 0; chunk < chunks; chunk++) {
    if (load_acquire(&pool.program->abort) != 0) return chunk;
    step.kernel->run(step.call, phase, chunk, scratch_of(pool, 0));
  }
  return chunks;
}

}  // namespace

void help(Pool &pool, Worker &worker) {
  while (!load_acquire(&pool.closing)) {
    const int64_t taken = takes_part(pool, worker) ? take_chunks(pool, worker.index) : 0;
    if (taken > 0)
      report(pool, taken);
    else
      wait_for_offer(pool, worker);
  }
}

bool is_worth_a_team(const int64_t *chunks, const int64_t *alone, int64_t phases) {
  int64_t sum = 0;
  for (int64_t i = 0; i < phases; i++) {
    if (chunks[i] > 0 && alone[i] == 0) return true;  // not known yet
    sum += alone[i];
  }
  return sum >= WORTH_A_TEAM;
}

int64_t do_phase(Pool &pool, const Step &step, int32_t phase, int64_t start) {
  if (pool.threads == 1) {
    do_alone(pool, step, phase);
    return start;
  }
  const int64_t chunks = step.chunks[phase];
  int64_t &alone = step.alone[phase];
  const bool is_worth_it = pool.is_shared && chunks > 1 && (alone == 0 || alone >= WORTH_SHARING);
  const int32_t threads = is_worth_it ? pool.sharing.threads(start) : 1;
  if (threads > 1) offer(pool, step, phase, threads);
  const int64_t own = threads > 1 ? take_chunks(pool, 0) : do_alone(pool, step, phase);
  const int64_t worked = nanoseconds_now();
  const bool is_known = own > 0 && load_acquire(&pool.program->abort) == 0;
  const int64_t seen = is_known ? time_alone(start, worked, own, chunks) : 0;
  if (is_known) alone = learned(alone, seen);
  if (threads == 1) return worked;
  wait_for_helpers(pool, chunks - own);
  const int64_t end = nanoseconds_now();
  if (is_known) pool.sharing.shared(end, end - start, seen);
  return end;
}

}  // namespace automodel
