// Where the ranks of a collective meet: each says that it has come and what it is about to do, and
// goes on when all others have come and do the same. Ranks that do different things end their runs;
// so does a rank whose peer is gone.
// Whoever waits spins briefly, then sleeps for a bounded time, so that it sees its own abort word.
#include "runtime.h"
#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#endif

namespace automodel {
namespace {

#if defined(__linux__)
constexpr int64_t LONGEST_SLEEP = 10000000;  // nanoseconds

// The words are shared between processes, so the futex is not private.
void sleep_while(int32_t *word, int32_t value) {
  const timespec limit = {0, LONGEST_SLEEP};
  syscall(SYS_futex, word, FUTEX_WAIT, value, &limit, nullptr, 0);
}
void wake_waiting(int32_t *word) {
  syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, nullptr, nullptr, 0);
}
#elif defined(_WIN32)
void sleep_while(int32_t *, int32_t) { Sleep(1); }
void wake_waiting(int32_t *) {}
#else
void sleep_while(int32_t *, int32_t) {
  const timespec brief = {0, 50000};
  nanosleep(&brief, nullptr);
}
void wake_waiting(int32_t *) {}
#endif

// Both count on beyond the largest number.
bool has_come(const Post &post, int32_t meeting) {
  return (int32_t)((uint32_t)load_in_order(&post.met) - (uint32_t)meeting) >= 0;
}

int32_t wait_for(Heap &peer, int64_t axis, int32_t meeting, int64_t spin, const int32_t *abort) {
  Post &post = peer.posts[axis];
  if (spin_until(spin, [&] { return has_come(post, meeting); })) return RUN_DONE;
  for (;;) {
    const int32_t seen = load_in_order(&post.met);
    const bool is_gone = load_in_order(&peer.gone) != 0;
    if (has_come(post, meeting)) return RUN_DONE;
    if (load_acquire(abort) != 0) return RUN_ABORTED;
    if (is_gone) return RUN_RANK_GONE;
    sleep_while(&post.met, seen);
  }
}

// Shows where operands and results are; the others look there from this meeting on until they have
// come to the last one of the call.
void show_places(const Call &call, const Group &group) {
  int64_t *places = (int64_t *)call.workspace;
  const char *heap = (const char *)group.heaps[group.rank];
  const int32_t operands = call.in_count - 1;
  for (int32_t k = 0; k < operands; k++) places[k] = call.in[k].data - heap;
  for (int32_t k = 0; k < call.out_count; k++) places[operands + k] = call.out[k].data - heap;
  group.heaps[group.rank]->posts[group.axis].places = call.workspace - heap;
}

uint64_t mix(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 29;
}

uint64_t mix_tensors(uint64_t hash, const Tensor *tensors, int32_t count) {
  hash = mix(hash, (uint64_t)count);
  for (int32_t k = 0; k < count; k++) {
    hash = mix(hash, (uint64_t)tensors[k].dtype << 32 | (uint32_t)tensors[k].rank);
    for (int32_t d = 0; d < tensors[k].rank; d++) hash = mix(hash, (uint64_t)tensors[k].shape[d]);
  }
  return hash;
}

}  // namespace

uint64_t what_it_does(const Kernel &kernel, const Call &call) {
  uint64_t hash = 1;
  for (const char *name = kernel.name; *name != 0; name++) hash = mix(hash, (uint8_t)*name);
  for (int32_t i = 0; i < call.int_count; i++) hash = mix(hash, (uint64_t)call.ints[i]);
  return mix_tensors(mix_tensors(hash, call.in, call.in_count), call.out, call.out_count);
}

int64_t what_at(const Step &step, int32_t phase) {
  return (int64_t)mix(step.what, (uint64_t)phase);
}

Met meet(const Step &step, int32_t phase, const int32_t *abort) {
  const Group &group = group_of(step.call);
  if (group.ranks == 1) return {RUN_DONE, 0};
  const int64_t what = what_at(step, phase);
  const uint32_t earlier = step.kernel->meets & ((1u << phase) - 1);
  if (earlier == 0) show_places(step.call, group);
  Post &own = group.heaps[group.rank]->posts[group.axis];
  const int32_t meeting = (int32_t)((uint32_t)own.met + 1);
  own.what[meeting & 1] = what;
  store_in_order(&own.met, meeting);
  wake_waiting(&own.met);
  for (int64_t i = 1; i < group.ranks; i++) {
    const int64_t rank = (group.rank + i) % group.ranks;
    Heap &peer = *group.heaps[rank];
    const int32_t status = wait_for(peer, group.axis, meeting, group.spin_nanoseconds, abort);
    if (status != RUN_DONE) return {status, rank};
    // A rank that is one meeting ahead has left this word as it was.
    if (peer.posts[group.axis].what[meeting & 1] != what) return {RUN_RANKS_DIFFER, rank};
  }
  return {RUN_DONE, 0};
}

}  // namespace automodel
