// Collectives of ranks that share no memory, over MPI: before a phase, each rank gets what its
// kernel reads of the others (Kernel::reads) into memory of its own, and kernels find it there as
// if it were the other rank's. So the same kernels add in the same order, and give the same bits.
// Only messages between two ranks of the world are used, none of which blocks: whoever waits sees
// its own abort word.
#include "mpi.h"
#include "runtime.h"
#include <stdlib.h>

namespace automodel {
namespace {

constexpr int64_t LARGEST_MESSAGE = 1 << 30;  // MPI counts with int
constexpr int64_t HAS_GONE = INT64_MIN;       // in place of what a rank does
constexpr int64_t BEFORE_SLEEPING = 20000;    // nanoseconds

struct Block {
  char *data;
  int64_t bytes;
  bool grow(int64_t wanted) {
    if (wanted <= bytes) return true;
    if (data != nullptr) free_bytes(data, bytes);
    data = (char *)allocate_bytes(wanted);
    bytes = data == nullptr ? 0 : wanted;
    return data != nullptr;
  }
};

// Another rank of the world, and what was received of it.
struct Peer {
  Heap heap;  // what kernels take for the beginning of its memory
  int64_t what;
  Block outgoing, incoming, places;
};

struct Request {
  int64_t handle;
  bool is_receive, is_done;
};

struct Messages {
  Mpi mpi;
  int rank, size;
  Peer *peers;
  bool left;
  int64_t gone;
  Block requests;
  int64_t request_count;
};

Messages world = {};

bool start(bool is_receive, void *data, int64_t bytes, int64_t rank, int64_t tag) {
  const int64_t count = world.request_count;
  if ((count + 1) * (int64_t)sizeof(Request) > world.requests.bytes) return false;
  Request &request = ((Request *)world.requests.data)[count];
  request = {0, is_receive, false};
  world.request_count++;
  const Mpi &mpi = world.mpi;
  return (is_receive ? mpi.receive(data, (int)bytes, mpi.byte, (int)rank, (int)tag, mpi.world,
                                   &request.handle)
                     : mpi.send(data, (int)bytes, mpi.byte, (int)rank, (int)tag, mpi.world,
                                &request.handle)) == 0;
}

bool start_pieces(bool is_receive, char *data, int64_t bytes, int64_t rank, int64_t tag) {
  for (int64_t at = 0; at < bytes; at += LARGEST_MESSAGE) {
    const int64_t piece = bytes - at < LARGEST_MESSAGE ? bytes - at : LARGEST_MESSAGE;
    if (!start(is_receive, data + at, piece, rank, tag)) return false;
  }
  return true;
}

void give_up() {
  Request *requests = (Request *)world.requests.data;
  for (int64_t i = 0; i < world.request_count; i++)
    if (requests[i].is_receive && !requests[i].is_done) world.mpi.cancel(&requests[i].handle);
  world.request_count = 0;
}

void rest() {
#if defined(_WIN32)
  Sleep(0);
#else
  const timespec brief = {0, 20000};
  nanosleep(&brief, nullptr);
#endif
}

// Until all that was started is done.
int32_t finish(const int32_t *abort, int64_t spin) {
  Request *requests = (Request *)world.requests.data;
  const int64_t start = nanoseconds_now();
  for (int64_t first = 0; first < world.request_count;) {
    for (int64_t i = first; i < world.request_count; i++) {
      if (requests[i].is_done) continue;
      int done = 0;
      if (world.mpi.test(&requests[i].handle, &done, world.mpi.ignored_status) != 0) {
        give_up();
        return RUN_RANK_GONE;
      }
      requests[i].is_done = done != 0;
    }
    while (first < world.request_count && requests[first].is_done) first++;
    if (first == world.request_count) break;
    if (load_acquire(abort) != 0) {
      give_up();
      return RUN_ABORTED;
    }
    if (nanoseconds_now() - start > (spin > 0 ? BEFORE_SLEEPING : 0)) rest();
  }
  world.request_count = 0;
  return RUN_DONE;
}

int64_t bytes_of_dtype(DType dtype) {
  return dtype == F64 || dtype == I64   ? 8
         : dtype == F32 || dtype == I32 ? 4
         : dtype == BOOL                ? 1
                                        : 2;
}

const Tensor &tensor_of(const Call &call, int32_t index) {
  const int32_t operands = call.in_count - 1;
  return index < operands ? call.in[index] : call.out[index - operands];
}

// Parts of tensors one after the other, in a block of bytes.
struct Parts {
  const Call *call;
  int64_t bytes;     // so far
  char *block;       // null: only counted
  int64_t *places;   // null: they are copied into the block; otherwise noted as lying there
  const char *heap;  // that places count from
};

void take_part(void *list, int32_t index, int64_t from, int64_t to) {
  Parts &parts = *(Parts *)list;
  const Tensor &tensor = tensor_of(*parts.call, index);
  const int64_t size = bytes_of_dtype(tensor.dtype), bytes = (to - from) * size;
  if (parts.places != nullptr)
    parts.places[index] = (int64_t)((uintptr_t)parts.block +
                                    (uintptr_t)(parts.bytes - from * size) - (uintptr_t)parts.heap);
  else if (parts.block != nullptr)
    memcpy(parts.block + parts.bytes, tensor.data + from * size, (size_t)bytes);
  parts.bytes += bytes;
}

void list_parts(const Step &step, int32_t phase, int64_t reader, int64_t owner, Parts &parts) {
  parts.bytes = 0;
  step.kernel->reads(step.call, phase, reader, owner, {take_part, &parts});
}

// Sends to a rank of the group what it reads of this one, and receives what this one reads of it.
bool start_data(const Step &step, int32_t phase, const Group &group, int64_t rank) {
  Peer &peer = *(Peer *)group.heaps[rank];
  const int64_t tag = 2 * group.axis + 1;
  Parts out = {&step.call, 0, nullptr, nullptr, nullptr};
  list_parts(step, phase, rank, group.rank, out);
  if (!peer.outgoing.grow(out.bytes)) return false;
  out.block = peer.outgoing.data;
  list_parts(step, phase, rank, group.rank, out);
  const int64_t tensors = step.call.in_count + step.call.out_count;
  Parts in = {&step.call, 0, nullptr, nullptr, (const char *)&peer.heap};
  list_parts(step, phase, group.rank, rank, in);
  if (!peer.incoming.grow(in.bytes) || !peer.places.grow(8 * tensors)) return false;
  in.block = peer.incoming.data;
  in.places = (int64_t *)peer.places.data;
  list_parts(step, phase, group.rank, rank, in);
  peer.heap.posts[group.axis].places =
      (int64_t)((uintptr_t)peer.places.data - (uintptr_t)&peer.heap);
  return start_pieces(true, peer.incoming.data, in.bytes, peer.heap.id, tag) &&
         start_pieces(false, peer.outgoing.data, out.bytes, peer.heap.id, tag);
}

int64_t bytes_of_tensors(const Tensor *tensors, int32_t count) {
  int64_t bytes = 0;
  for (int32_t k = 0; k < count; k++) {
    int64_t size = bytes_of_dtype(tensors[k].dtype);
    for (int32_t d = 0; d < tensors[k].rank; d++) size *= tensors[k].shape[d];
    bytes += size;
  }
  return bytes;
}

// At most: two for each rank and piece of what it may read or be read of.
int64_t requests_for(const Call &call, const Group &group) {
  const int64_t bytes =
      bytes_of_tensors(call.in, call.in_count - 1) + bytes_of_tensors(call.out, call.out_count);
  return 2 * group.ranks * (1 + bytes / LARGEST_MESSAGE + 1);
}

void end_messages() {
  if (!world.left) world.mpi.finalize();
}

}  // namespace

Met exchange(const Step &step, int32_t phase, int64_t what, const int32_t *abort) {
  const Group &group = group_of(step.call);
  if (step.chunks[phase] == 0) return {RUN_DONE, 0};
  if (!world.requests.grow(requests_for(step.call, group) * (int64_t)sizeof(Request)))
    return {RUN_NO_MEMORY, 0};
  for (int64_t rank = 0; rank < group.ranks; rank++) {
    Peer &peer = *(Peer *)group.heaps[rank];
    if (rank != group.rank && (!start(true, &peer.what, 8, peer.heap.id, 2 * group.axis) ||
                               !start(false, &what, 8, peer.heap.id, 2 * group.axis)))
      return {RUN_RANK_GONE, rank};
  }
  int32_t status = finish(abort, group.spin_nanoseconds);
  if (status != RUN_DONE) return {status, 0};
  for (int64_t rank = 0; rank < group.ranks; rank++) {
    const int64_t theirs = ((Peer *)group.heaps[rank])->what;
    if (rank != group.rank && theirs != what)
      return {theirs == HAS_GONE ? RUN_RANK_GONE : RUN_RANKS_DIFFER, rank};
  }
  for (int64_t i = 1; i < group.ranks; i++)
    if (!start_data(step, phase, group, (group.rank + i) % group.ranks)) {
      give_up();
      return {RUN_NO_MEMORY, 0};
    }
  status = finish(abort, group.spin_nanoseconds);
  return {status, 0};
}

}  // namespace automodel

using namespace automodel;

// Enters the world of MPI, once per process; `names` of libraries, one a line. 0, with a text,
// where that fails.
AUTOMODEL_API void *automodel_mpi_open(const char *names, char *error, int32_t capacity) {
  if (world.peers != nullptr) return &world;
  if (!open_mpi(names, world.mpi, error, capacity)) return nullptr;
  Mpi &mpi = world.mpi;
  int is_ready = 0, level = 0;
  if (mpi.initialized(&is_ready) != 0 || is_ready != 0 ||
      mpi.init_thread(nullptr, nullptr, mpi.serialized, &level) != 0 || level < mpi.serialized) {
    write_error(error, capacity, "MPI cannot be started for calls from several threads", NO_NUMBER);
    return nullptr;
  }
  if (mpi.set_errhandler(mpi.world, mpi.errors_return) != 0 ||
      mpi.rank(mpi.world, &world.rank) != 0 || mpi.size(mpi.world, &world.size) != 0) {
    write_error(error, capacity, "MPI does not say which ranks there are", NO_NUMBER);
    return nullptr;
  }
  world.peers = (Peer *)allocate_bytes(world.size * (int64_t)sizeof(Peer));
  if (world.peers == nullptr) {
    write_error(error, capacity, "out of memory", NO_NUMBER);
    return nullptr;
  }
  for (int i = 0; i < world.size; i++) world.peers[i].heap.id = i;
  atexit(end_messages);
  return &world;
}

AUTOMODEL_API int32_t automodel_mpi_rank() { return world.rank; }
AUTOMODEL_API int32_t automodel_mpi_size() { return world.size; }
AUTOMODEL_API void *automodel_mpi_heap(int32_t rank) { return &world.peers[rank].heap; }

// Tells the others, along all axes, that this process takes part in nothing any more.
AUTOMODEL_API void automodel_mpi_leave() {
  if (world.peers == nullptr || world.left) return;
  world.left = true;
  world.gone = HAS_GONE;
  if (!world.requests.grow((int64_t)sizeof(Request) * MAX_AXES * world.size)) return;
  for (int64_t axis = 0; axis < MAX_AXES; axis++)
    for (int64_t rank = 0; rank < world.size; rank++)
      if (rank != world.rank) start(false, &world.gone, 8, rank, 2 * axis);
}
