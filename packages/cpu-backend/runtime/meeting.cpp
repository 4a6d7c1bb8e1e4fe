// How the ranks of a group come together in a program. Each publishes how often it has arrived and
// a digest of its call, and goes on when all others have arrived at the same call; nobody writes
// into another's heap. A rank that has left says so, and whoever waits for it ends its run. Waiting
// ends early where the program is told to stop. Between processes nothing wakes a thread, so it
// spins briefly and then sleeps, at most SLEEP_NANOSECONDS at a time.
#include "runtime.h"
#if !defined(_WIN32)
#include <sched.h>
#endif

namespace automodel {
namespace {

constexpr int64_t SLEEP_NANOSECONDS = 200000, FIRST_SLEEP_NANOSECONDS = 20000;

void sleep_for(int64_t nanoseconds) {
#if defined(_WIN32)
  Sleep((DWORD)(nanoseconds / 1000000 + 1));
#else
  const timespec time = {0, (long)nanoseconds};
  nanosleep(&time, nullptr);
#endif
}

const Group &group_of(const Call &call) { return *(const Group *)call.in[call.in_count - 1].data; }

HeapHeader &header_of(const Group &group, int64_t rank) { return *(HeapHeader *)group.heaps[rank]; }
Meeting &meeting_of(const Group &group, int64_t rank) {
  return header_of(group, rank).meetings[group.number];
}

uint64_t mixed(uint64_t digest, uint64_t word) {
  digest = (digest ^ word) * 0x9E3779B97F4A7C15u;
  return digest ^ (digest >> 29);
}

// Of what has to be equal on all ranks: kernel, phase, attributes, the types of all tensors, and
// the places of those that lie in the heap.
uint64_t digest_of(const Step &step, int32_t phase) {
  const Call &call = step.call;
  const Group &group = group_of(call);
  uint64_t digest = (uint64_t)phase + 1;
  for (const char *c = step.kernel->name; *c != 0; c++) digest = mixed(digest, (uint64_t)*c);
  for (int32_t i = 0; i < call.int_count; i++) digest = mixed(digest, (uint64_t)call.ints[i]);
  for (int32_t i = 0; i < call.in_count - 1 + call.out_count; i++) {
    const Tensor &t = i < call.in_count - 1 ? call.in[i] : call.out[i - call.in_count + 1];
    digest = mixed(digest, (uint64_t)t.dtype << 8 | (uint64_t)t.rank);
    for (int32_t d = 0; d < t.rank; d++) digest = mixed(digest, (uint64_t)t.shape[d]);
    const int64_t offset = t.data - group.heaps[group.rank];
    if (offset >= 0 && offset < group.heap_bytes) digest = mixed(digest, (uint64_t)offset);
  }
  return digest;
}

// DONE: all have arrived at the same call. ABORTED stands for waiting.
RunStatus look(const Group &group, int64_t &peer) {
  const Meeting &own = meeting_of(group, group.rank);
  const int64_t number = own.arrived;
  for (peer = 0; peer < group.ranks; peer++) {
    const Meeting &other = meeting_of(group, peer);
    if (load_acquire(&other.arrived) < number)
      return load_acquire(&header_of(group, peer).gone) != 0 ? RUN_LEFT : RUN_ABORTED;
    if (other.digest[number & 1] != own.digest[number & 1]) return RUN_APART;
  }
  return RUN_DONE;
}

RunStatus wait_for_others(const Group &group, const int32_t *abort, int64_t &peer) {
  RunStatus status = RUN_ABORTED;
  const auto is_decided = [&] {
    return (status = look(group, peer)) != RUN_ABORTED || load_acquire(abort) != 0;
  };
  spin_until(group.spin_nanoseconds, is_decided);
  for (int64_t pause = FIRST_SLEEP_NANOSECONDS; !is_decided();) {
    sleep_for(pause);
    if (pause < SLEEP_NANOSECONDS) pause += pause;
  }
  return status;
}

}  // namespace

bool meet(Program &program, int64_t index, int32_t phase) {
  const Step &step = program.steps[index];
  const Group &group = group_of(step.call);
  if (group.ranks == 1) return true;
  Meeting &own = meeting_of(group, group.rank);
  const int64_t number = own.arrived + 1;
  own.digest[number & 1] = digest_of(step, phase);
  store_release(&own.arrived, number);
  int64_t peer = 0;
  const RunStatus status = wait_for_others(group, &program.abort, peer);
  if (status == RUN_DONE) return true;
  program.result[1] = index;
  program.result[2] = peer;
  program.result[0] = status;
  return false;
}

}  // namespace automodel

using namespace automodel;

// Tells the other ranks that this one comes to no meeting any more.
AUTOMODEL_API void automodel_heap_leave(void *heap) {
  store_release(&((HeapHeader *)heap)->gone, (int64_t)1);
}
