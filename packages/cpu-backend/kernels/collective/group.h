// What the collective kernels share: the group, its last operand, and where the other ranks have
// what this one has.
#pragma once

#include "../prelude.h"
#include "../operand.h"

namespace automodel::AM_ISA {

// Elements that one chunk moves or adds.
constexpr int64_t COLLECTIVE_CHUNK = 32768;

AM_INLINE const Group &group_of(const Call &call) {
  return *(const Group *)call.in[call.in_count - 1].data;
}

// Where rank `peer` has what this rank has at `own`, a place in its heap.
AM_INLINE char *at_peer(const Group &group, int64_t peer, const char *own) {
  return group.heaps[peer] + (own - group.heaps[group.rank]);
}

// Elements of `tensors`, one after the other.
static int64_t all_elements(const Tensor *tensors, int count) {
  int64_t total = 0;
  for (int i = 0; i < count; i++) total += elements(tensors[i]);
  return total;
}

// Elements [from, to) of tensor `index`: what a range of all elements has of it.
struct Part {
  int index;
  int64_t from, to;
};

// Walks the parts of the range [begin, end) of all elements of `tensors`.
class Parts {
 public:
  Parts(const Tensor *tensors, int count, int64_t begin, int64_t end)
      : tensors_(tensors), count_(count), begin_(begin), end_(end) {}
  bool next(Part &part) {
    while (index_ < count_ && start_ < end_) {
      const int64_t size = elements(tensors_[index_]);
      part = {index_, max64(begin_ - start_, 0), min64(end_ - start_, size)};
      index_++;
      start_ += size;
      if (part.from < part.to) return true;
    }
    return false;
  }

 private:
  const Tensor *tensors_;
  int count_;
  int64_t begin_, end_, start_ = 0;
  int index_ = 0;
};

// The tensors that travel and their results: dense, of the same types but where `floats` allows
// the results another dtype. ints: [ranks].
static const char *check_travelling(const Call &call) {
  if (call.int_count < 1 || call.ints[0] < 1) return "ints begin with the number of ranks";
  if (call.out_count < 1 || call.in_count != call.out_count + 1)
    return "takes the tensors that travel and the group, and gives a result for each tensor";
  const Tensor &group = call.in[call.in_count - 1];
  if (group.dtype != I64 || group.rank != 1 ||
      group.shape[0] * 8 < (int64_t)sizeof(Group) + 8 * (call.ints[0] - 1))
    return "the group must be i64 and hold a heap for each rank";
  for (int i = 0; i < call.out_count; i++) {
    if (!present(call.in[i]) || !present(call.out[i]) || !is_dense(call.in[i]) ||
        !is_dense(call.out[i]))
      return "tensors must be there, without gaps";
  }
  return nullptr;
}

static bool meets_always(int32_t) { return true; }
static bool meets_after_first(int32_t phase) { return phase > 0; }

}  // namespace automodel::AM_ISA
