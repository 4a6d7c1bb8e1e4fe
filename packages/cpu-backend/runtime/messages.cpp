// The world of MPI, and messages between its ranks. Only messages between two ranks are used, in
// place of MPI's own collectives, whose order of additions is the library's.
#include "messages.h"
#include <stdlib.h>

namespace automodel {

bool Block::grow(int64_t wanted) {
  if (wanted <= bytes) return true;
  if (data != nullptr) free_bytes(data, bytes);
  data = (char *)allocate_bytes(wanted);
  bytes = data == nullptr ? 0 : wanted;
  return data != nullptr;
}

namespace {

// nanoseconds
constexpr int64_t BEFORE_SLEEPING = 20000, SHORTEST_SLEEP = 10000, LONGEST_SLEEP = 200000;

// Two for each axis are those of its collectives (communicate.cpp).
constexpr int FAREWELL_TAG = 2 * MAX_AXES;

struct Request {
  int64_t handle, rank;
  bool is_receive, is_done;
};

struct Messages {
  Mpi mpi;
  int rank, size;
  Peer *peers;
  bool left;
  int64_t last_word;
  Block requests;
  int64_t request_count;
};

Messages world = {};

void rest(int64_t nanoseconds) {
#if defined(_WIN32)
  Sleep((DWORD)(nanoseconds / 1000000));
#else
  const timespec brief = {0, (long)nanoseconds};
  nanosleep(&brief, nullptr);
#endif
}

// Looks at all requests from `first` on that are not done; false where MPI refuses.
bool test_requests(int64_t first) {
  Request *requests = (Request *)world.requests.data;
  for (int64_t i = first; i < world.request_count; i++) {
    if (requests[i].is_done) continue;
    int done = 0;
    if (world.mpi.test(&requests[i].handle, &done, world.mpi.ignored_status) != 0) return false;
    requests[i].is_done = done != 0;
  }
  return true;
}

bool has_left(Peer &peer) {
  int done = 0;
  if (!peer.has_left && world.mpi.test(&peer.farewell, &done, world.mpi.ignored_status) == 0)
    peer.has_left = done != 0;
  return peer.has_left;
}

// A rank that has left, of those that requests from `first` on wait for; -1: none.
int64_t rank_that_left(int64_t first) {
  const Request *requests = (const Request *)world.requests.data;
  for (int64_t i = first; i < world.request_count; i++)
    if (!requests[i].is_done && has_left(world.peers[requests[i].rank])) return requests[i].rank;
  return -1;
}

// Every rank may say once that it leaves.
bool expect_farewells() {
  const Mpi &mpi = world.mpi;
  for (int rank = 0; rank < world.size; rank++) {
    Peer &peer = world.peers[rank];
    if (rank != world.rank && mpi.receive(&peer.last_word, 8, mpi.byte, rank, FAREWELL_TAG,
                                          mpi.world, &peer.farewell) != 0)
      return false;
  }
  return true;
}

void end_messages() {
  if (world.left) return;
  for (int rank = 0; rank < world.size; rank++) {
    Peer &peer = world.peers[rank];
    if (rank == world.rank || has_left(peer)) continue;
    world.mpi.cancel(&peer.farewell);
    has_left(peer);
  }
  world.mpi.finalize();
}

}  // namespace

bool expect_messages(int64_t count) {
  return world.requests.grow(count * (int64_t)sizeof(Request));
}

bool start_message(bool is_receive, void *data, int64_t bytes, int64_t rank, int64_t tag) {
  if (bytes == 0) return true;
  Request &request = ((Request *)world.requests.data)[world.request_count];
  request = {0, rank, is_receive, false};
  world.request_count++;
  const Mpi &mpi = world.mpi;
  return (is_receive ? mpi.receive(data, (int)bytes, mpi.byte, (int)rank, (int)tag, mpi.world,
                                   &request.handle)
                     : mpi.send(data, (int)bytes, mpi.byte, (int)rank, (int)tag, mpi.world,
                                &request.handle)) == 0;
}

void give_up_messages() {
  Request *requests = (Request *)world.requests.data;
  for (int64_t i = 0; i < world.request_count; i++)
    if (requests[i].is_receive && !requests[i].is_done) world.mpi.cancel(&requests[i].handle);
  world.request_count = 0;
}

Met finish_messages(const int32_t *abort, int64_t spin_nanoseconds) {
  const Request *requests = (const Request *)world.requests.data;
  const int64_t start = nanoseconds_now(), spin = spin_nanoseconds > 0 ? BEFORE_SLEEPING : 0;
  int64_t sleep = SHORTEST_SLEEP;
  for (int64_t first = 0; first < world.request_count;) {
    const bool is_well = test_requests(first);
    while (first < world.request_count && requests[first].is_done) first++;
    if (first == world.request_count) break;
    if (!is_well) return {RUN_RANK_GONE, requests[first].rank};
    if (load_acquire(abort) != 0) return {RUN_ABORTED, 0};
    if (nanoseconds_now() - start < spin) continue;
    const int64_t left = rank_that_left(first);
    if (left >= 0) return {RUN_RANK_GONE, left};
    rest(sleep);
    if (sleep < LONGEST_SLEEP) sleep *= 2;
  }
  world.request_count = 0;
  return {RUN_DONE, 0};
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
  if (!expect_farewells()) {
    write_error(error, capacity, "MPI takes no messages", NO_NUMBER);
    return nullptr;
  }
  atexit(end_messages);
  return &world;
}

AUTOMODEL_API int32_t automodel_mpi_rank() { return world.rank; }
AUTOMODEL_API int32_t automodel_mpi_size() { return world.size; }
AUTOMODEL_API void *automodel_mpi_heap(int32_t rank) { return &world.peers[rank].heap; }

// Tells the others that this process takes part in nothing any more.
AUTOMODEL_API void automodel_mpi_leave() {
  if (world.peers == nullptr || world.left) return;
  world.left = true;
  if (!expect_messages(world.size)) return;
  for (int64_t rank = 0; rank < world.size; rank++)
    if (rank != world.rank) start_message(false, &world.last_word, 8, rank, FAREWELL_TAG);
}
