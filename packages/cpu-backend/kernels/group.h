// What the ranks of a collective share: how the memory that they read of each other begins, and the
// words that tell a call which ranks there are.
// A rank writes only to its own memory, so nothing here needs a lock; runtime/meeting.cpp says when
// ranks may read.
#pragma once
#include "kernel.h"

namespace automodel {

constexpr int64_t MAX_AXES = 8;

// What a rank tells the others along one axis, on a cache line of its own.
struct alignas(64) Post {
  int32_t met;      // how many meetings it has come to
  int64_t what[2];  // what it does there, of the last meeting of even and of odd number
  int64_t places;   // offset of a list: offsets of its operands, then of its results
};

// How the memory of a rank begins. Offsets count from here.
struct Heap {
  alignas(64) int32_t gone;  // 1: it takes part in nothing any more
  int64_t id;                // tells heaps apart; without shared memory, the rank in the world
  alignas(64) Post posts[MAX_AXES];
};

// The last operand of a collective, words of i64. A rank alone has no heap.
struct Group {
  int64_t rank;
  int64_t ranks;
  int64_t axis;              // the number of its post
  int64_t spin_nanoseconds;  // how long a rank waits for another before it sleeps
  void *messages;            // null: they share memory; otherwise runtime/messages.cpp's
  Heap *heaps[1];            // of each rank, as this process sees it
};

constexpr int64_t GROUP_WORDS = 5;  // before the heaps

inline const Group &group_of(const Call &call) {
  return *(const Group *)call.in[call.in_count - 1].data;
}

}  // namespace automodel
