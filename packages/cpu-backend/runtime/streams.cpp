// How the two streams of a run wait for each other: each says which of its steps has ended last,
// and whoever waits for a step of the other spins briefly, then sleeps. A run that ends early ends
// all waiting.
#include "runtime.h"

namespace automodel {
namespace {

void wake(Pool &pool) {
  if (load_in_order(&pool.streams.waiting) == 0) return;
  pool.mutex.acquire();
  pool.streams.changed.wake_all();
  pool.mutex.release();
}

}  // namespace

void begin_streams(Pool &pool) {
  for (int64_t &ended : pool.streams.ended) store_in_order(&ended, (int64_t)-1);
  store_in_order(&pool.streams.failed, 0);
}

void end_step(Pool &pool, int64_t index) {
  store_in_order(&pool.streams.ended[pool.program->steps[index].stream], index);
  wake(pool);
}

bool fail_run(Pool &pool) {
  const bool is_first = __atomic_exchange_n(&pool.streams.failed, 1, __ATOMIC_SEQ_CST) == 0;
  wake(pool);
  return is_first;
}

bool await_others(Pool &pool, const Step &step) {
  Streams &streams = pool.streams;
  const int64_t *ended = &streams.ended[step.stream == COMPUTE ? COMMUNICATION : COMPUTE];
  const auto is_due = [&] {
    return load_in_order(ended) >= step.after || load_in_order(&streams.failed) != 0;
  };
  if (!spin_until(pool.spin_nanoseconds, is_due)) {
    pool.mutex.acquire();
    store_in_order(&streams.waiting, streams.waiting + 1);  // before `ended` is read again
    while (!is_due()) streams.changed.wait(pool.mutex);
    store_in_order(&streams.waiting, streams.waiting - 1);
    pool.mutex.release();
  }
  return load_in_order(&streams.failed) == 0;
}

}  // namespace automodel
