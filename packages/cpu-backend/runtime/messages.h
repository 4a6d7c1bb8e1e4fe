// Messages between ranks of the world of MPI, none of which blocks: whoever waits for them sees its
// own abort word. One thread at a time calls these.
#pragma once
#include "mpi.h"
#include "runtime.h"

namespace automodel {

// Memory that grows, without keeping what it held.
struct Block {
  char *data;
  int64_t bytes;
  bool grow(int64_t wanted);
};

// Another rank of the world, and what is sent to it and received of it.
struct Peer {
  Heap heap;                    // what kernels take for the beginning of its memory
  int64_t what, own_what;       // at the meeting in progress: what it does, what this one does
  int64_t farewell, last_word;  // the request and the message of its leaving
  bool has_left;
  Block outgoing[2], incoming[2];  // of rounds of even and of odd number
  Block places;
};

// Makes room for so many messages. False where there is no memory.
bool expect_messages(int64_t count);

// Starts to send to a rank of the world, or to receive of it; nothing where there are no bytes.
// False where MPI refuses.
bool start_message(bool is_receive, void *data, int64_t bytes, int64_t rank, int64_t tag);

// Until all that was started is done, or cannot be. `rank`: one of the world that has left.
Met finish_messages(const int32_t *abort, int64_t spin_nanoseconds);

// Waits for nothing any more of what was started.
void give_up_messages();

}  // namespace automodel
