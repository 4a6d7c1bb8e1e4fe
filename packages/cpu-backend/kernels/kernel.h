// The contract between the runtime and every kernel: what a call looks like and what a kernel
// declares about itself.
// A kernel is compiled once per instruction set inside namespace AM_ISA; it never allocates, never
// throws and keeps no state.
// Work is cut into chunks that depend on shapes only, so results do not depend on the number of
// threads.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace automodel {

enum DType : int32_t { F32 = 0, BF16 = 1, F16 = 2, F64 = 3, I64 = 4, I32 = 5, BOOL = 6 };

constexpr int32_t MAX_RANK = 8;

// A dense or strided view. Strides count elements, may be 0 (broadcast). data may start at any
// byte. An absent optional operand has rank -1.
struct Tensor {
  char *data;
  DType dtype;
  int32_t rank;
  int64_t shape[MAX_RANK];
  int64_t stride[MAX_RANK];
};

struct Call {
  const Tensor *in;
  const Tensor *out;
  int32_t in_count;
  int32_t out_count;
  const int64_t *ints;  // attributes, in the order the kernel documents
  const double *floats;
  int32_t int_count;
  int32_t float_count;
  char *workspace;  // shared by all chunks and phases of the call, 64-byte aligned
};

// Takes elements [from, to) of a tensor: an operand, or a result counted on from the operands.
struct PartList {
  void (*take)(void *list, int32_t tensor, int64_t from, int64_t to);
  void *list;
};

// Chunks [first, end) of a phase.
struct ChunkRange {
  int64_t first, end;
};

struct Kernel {
  const char *name;
  // run one after the other, with a barrier between
  int32_t phases;
  // the number of pieces of work; from shapes only
  int64_t (*chunks)(const Call &, int32_t phase);
  void (*run)(const Call &, int32_t phase, int64_t chunk, char *scratch);
  // may be null: none. From shapes only (data pointers are null here)
  int64_t (*workspace_bytes)(const Call &);
  // per thread, may be null: none. From shapes only
  int64_t (*scratch_bytes)(const Call &);
  // where the number of phases depends on shapes; null or left out: `phases`
  int32_t (*phase_count)(const Call &);
  // null or left out: nothing to check. The complaint about operands that the kernel cannot take
  // (null: none); data pointers are null here
  const char *(*check)(const Call &);
  // Bit p: before phase p, all ranks of the call's group have come to this point of it, so that
  // what they wrote before may be read (group.h). 0 or left out: no other rank takes part
  uint32_t meets = 0;
  // Where ranks share no memory: names what rank `reader` reads of rank `owner` in these chunks of
  // the phase, at most one part of a tensor, in the same order on both. Null or left out: nothing
  void (*reads)(const Call &, int32_t phase, ChunkRange, int64_t reader, int64_t owner,
                const PartList &) = nullptr;
  // How many phases there are where ranks share no memory; 0 or left out: as many as elsewhere
  int32_t phases_apart = 0;
};

// The kernels of one instruction set.
struct KernelSet {
  const char *name;
  const Kernel *kernels;
  int32_t count;
  // null: nothing to do. To be called on a thread before it runs a kernel, and again where other
  // code has run on the thread
  void (*enter_thread)();
};

}  // namespace automodel
