// Collectives of ranks that share no memory: before a rank does some chunks of a phase, it gets
// what these read of the others (Kernel::reads) into memory of its own, where kernels find it as if
// it were the other rank's. So the same kernels add in the same order, and give the same bits. A
// phase goes in rounds of a few chunks. What the next round reads travels while the chunks of one
// are done, so two rounds' worth is all that is held for each other rank.
#include "messages.h"

namespace automodel {
namespace {

constexpr int64_t ROUND_CHUNKS = 4;

// A phase of a collective, which all ranks of its group go through alike.
struct Exchange {
  const Step &step;
  const Group &group;
  const int32_t *abort;
  int32_t phase;
  int64_t chunks;
  ChunkRange round_chunks(int64_t round) const {
    const int64_t first = round * ROUND_CHUNKS, end = first + ROUND_CHUNKS;
    return {first, end < chunks ? end : chunks};
  }
  Peer &peer(int64_t rank) const { return *(Peer *)group.heaps[rank]; }
  int64_t tag() const { return 2 * group.axis; }
};

int64_t bytes_of_dtype(DType dtype) {
  return dtype == F64 || dtype == I64   ? 8
         : dtype == F32 || dtype == I32 ? 4
         : dtype == BOOL                ? 1
                                        : 2;
}

// Parts of tensors one after the other, in a block of bytes.
struct Parts {
  const Call &call;
  char *block;       // null: they are only counted
  int64_t *places;   // null: they are copied into the block; otherwise noted as lying there
  const char *heap;  // that places count from
  int64_t bytes;     // so far
};

void take_part(void *list, int32_t index, int64_t from, int64_t to) {
  Parts &parts = *(Parts *)list;
  const int32_t operands = parts.call.in_count - 1;
  const Tensor &tensor = index < operands ? parts.call.in[index] : parts.call.out[index - operands];
  const int64_t size = bytes_of_dtype(tensor.dtype), bytes = (to - from) * size;
  if (parts.places != nullptr)
    parts.places[index] = (int64_t)((uintptr_t)parts.block +
                                    (uintptr_t)(parts.bytes - from * size) - (uintptr_t)parts.heap);
  else if (parts.block != nullptr)
    memcpy(parts.block + parts.bytes, tensor.data + from * size, (size_t)bytes);
  parts.bytes += bytes;
}

// What `reader` reads of `owner` in a round; returns its bytes.
int64_t list_parts(const Exchange &of, int64_t round, int64_t reader, int64_t owner,
                   char *block = nullptr, int64_t *places = nullptr, const char *heap = nullptr) {
  const Step &step = of.step;
  Parts parts = {step.call, block, places, heap, 0};
  if (step.kernel->reads != nullptr)
    step.kernel->reads(step.call, of.phase, of.round_chunks(round), reader, owner,
                       {take_part, &parts});
  return parts.bytes;
}

// The same with the rank along the group's axis.
Met in_group(const Exchange &of, const Met &met) {
  for (int64_t rank = 0; met.status == RUN_RANK_GONE && rank < of.group.ranks; rank++)
    if (of.group.heaps[rank]->id == met.rank) return {met.status, rank};
  return met;
}

Met finish(const Exchange &of) {
  return in_group(of, finish_messages(of.abort, of.group.spin_nanoseconds));
}

// Tells all others what this rank does, and hears it of them.
Met agree(const Exchange &of) {
  const int64_t what = what_at(of.step, of.phase);
  const Group &group = of.group;
  if (!expect_messages(2 * group.ranks)) return {RUN_NO_MEMORY, 0};
  for (int64_t i = 1; i < group.ranks; i++) {
    const int64_t rank = (group.rank + i) % group.ranks;
    Peer &peer = of.peer(rank);
    peer.own_what = what;
    if (!start_message(true, &peer.what, 8, peer.heap.id, of.tag()) ||
        !start_message(false, &peer.own_what, 8, peer.heap.id, of.tag()))
      return {RUN_RANK_GONE, rank};
  }
  const Met met = finish(of);
  if (met.status != RUN_DONE) return met;
  for (int64_t rank = 0; rank < group.ranks; rank++)
    if (rank != group.rank && of.peer(rank).what != what) return {RUN_RANKS_DIFFER, rank};
  return met;
}

// Sends to a rank what it reads in a round, and receives what this one reads of it.
int32_t start_round_with(const Exchange &of, int64_t round, int64_t rank) {
  Peer &peer = of.peer(rank);
  Block &out = peer.outgoing[round & 1], &in = peer.incoming[round & 1];
  const int64_t own = of.group.rank, sent = list_parts(of, round, rank, own),
                received = list_parts(of, round, own, rank);
  if (!out.grow(sent) || !in.grow(received)) return RUN_NO_MEMORY;
  if (sent > 0) list_parts(of, round, rank, own, out.data);
  return start_message(true, in.data, received, peer.heap.id, of.tag() + 1) &&
                 start_message(false, out.data, sent, peer.heap.id, of.tag() + 1)
             ? RUN_DONE
             : RUN_RANK_GONE;
}

Met start_round(const Exchange &of, int64_t round) {
  const Group &group = of.group;
  for (int64_t i = 1; i < group.ranks; i++) {
    const int64_t rank = (group.rank + i) % group.ranks;
    const int32_t status = start_round_with(of, round, rank);
    if (status != RUN_DONE) return {status, rank};
  }
  return {RUN_DONE, 0};
}

// Shows the kernel where it finds what it reads in a round.
bool show_round(const Exchange &of, int64_t round) {
  const int64_t tensors = of.step.call.in_count + of.step.call.out_count;
  for (int64_t rank = 0; rank < of.group.ranks; rank++) {
    if (rank == of.group.rank) continue;
    Peer &peer = of.peer(rank);
    if (!peer.places.grow(8 * tensors)) return false;
    list_parts(of, round, of.group.rank, rank, peer.incoming[round & 1].data,
               (int64_t *)peer.places.data, (const char *)&peer.heap);
    peer.heap.posts[of.group.axis].places =
        (int64_t)((uintptr_t)peer.places.data - (uintptr_t)&peer.heap);
  }
  return true;
}

void do_chunks(const Exchange &of, ChunkRange chunks) {
  for (int64_t chunk = chunks.first; chunk < chunks.end && load_acquire(of.abort) == 0; chunk++)
    of.step.kernel->run(of.step.call, of.phase, chunk, nullptr);
}

Met do_rounds(const Exchange &of) {
  const int64_t rounds = (of.chunks + ROUND_CHUNKS - 1) / ROUND_CHUNKS;
  Met met = start_round(of, 0);
  for (int64_t round = 0; round < rounds && met.status == RUN_DONE; round++) {
    met = finish(of);
    if (met.status == RUN_DONE && round + 1 < rounds) met = start_round(of, round + 1);
    if (met.status == RUN_DONE && !show_round(of, round)) met.status = RUN_NO_MEMORY;
    if (met.status == RUN_DONE) do_chunks(of, of.round_chunks(round));
  }
  return met;
}

}  // namespace

bool is_by_messages(const Step &step) {
  if (step.kernel->meets == 0) return false;
  const Group &group = group_of(step.call);
  return group.messages != nullptr && group.ranks > 1;
}

Met communicate(const Step &step, const int32_t *abort) {
  const Kernel &kernel = *step.kernel;
  const int32_t phases = kernel.phases_apart > 0 ? kernel.phases_apart : kernel.phases;
  Met met = {RUN_DONE, 0};
  for (int32_t phase = 0; phase < phases && met.status == RUN_DONE; phase++) {
    const Exchange of = {step, group_of(step.call), abort, phase, kernel.chunks(step.call, phase)};
    if (of.chunks == 0) continue;
    if ((kernel.meets >> phase & 1) == 0) {
      do_chunks(of, {0, of.chunks});
      continue;
    }
    met = agree(of);
    if (met.status == RUN_DONE) met = do_rounds(of);
  }
  if (met.status != RUN_DONE) give_up_messages();
  return met;
}

}  // namespace automodel
