// How many threads share the work of a program: fewer while waiting for the others takes longer
// than the work they take over, as on a machine that other processes keep busy.
// It decides from times alone, which its caller measures; results do not depend on it.
#pragma once
#include <stdint.h>

namespace automodel {

class Sharing {
 public:
  void begin(int32_t threads) {
    most_ = threads;
    active_ = threads;
    since_ = retry_ = 0;
    pause_ = SHORTEST_PAUSE;
    forget();
  }

  // Threads that share a phase that starts `now`, in nanoseconds.
  int32_t threads(int64_t now) {
    if (active_ < most_ && now >= retry_) {
      active_ = active_ * 2 < most_ ? active_ * 2 : most_;
      since_ = now;
      forget();
    }
    return active_;
  }

  // A phase that was shared and ended `now`: what it took, and what one thread would have taken.
  void shared(int64_t now, int64_t together, int64_t alone) {
    together_ += together;
    alone_ += alone;
    if (together_ < WINDOW) return;
    if (together_ > alone_ + alone_ / 10) drop(now);
    forget();
  }

 private:
  // nanoseconds
  static constexpr int64_t WINDOW = 1000000, SHORTEST_PAUSE = 2000000, LONGEST_PAUSE = 1000000000,
                           LONG_ENOUGH = 100000000;

  // Each pause is twice as long as the one before, until sharing has paid for a while.
  void drop(int64_t now) {
    const bool paid = now - since_ >= LONG_ENOUGH;
    if (paid) pause_ = SHORTEST_PAUSE;
    active_ = active_ > 1 ? active_ / 2 : 1;
    retry_ = now + pause_;
    since_ = now;
    if (pause_ < LONGEST_PAUSE) pause_ *= 2;
  }
  void forget() { together_ = alone_ = 0; }

  int32_t most_, active_;
  int64_t together_, alone_;  // of the window in progress
  int64_t since_;             // when the number of threads changed last
  int64_t retry_;             // when more threads are tried again
  int64_t pause_;             // until then, the next time
};

}  // namespace automodel
