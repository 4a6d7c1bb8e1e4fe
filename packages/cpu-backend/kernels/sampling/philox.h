// Philox4x32-10, the counter-based random generator (Salmon et al. 2011): the same counter and key
// give the same words on every backend, at any time, in any order.
#pragma once

#include "../prelude.h"

namespace automodel::AM_ISA {

struct PhiloxWords {
  uint32_t word[4];
};

AM_INLINE PhiloxWords philox(PhiloxWords counter, uint32_t key0, uint32_t key1) {
  for (int round = 0; round < 10; round++) {
    const uint64_t even = 0xd2511f53ull * counter.word[0], odd = 0xcd9e8d57ull * counter.word[2];
    counter = {{(uint32_t)(odd >> 32) ^ counter.word[1] ^ key0, (uint32_t)odd,
                (uint32_t)(even >> 32) ^ counter.word[3] ^ key1, (uint32_t)even}};
    key0 += 0x9e3779b9u;
    key1 += 0xbb67ae85u;
  }
  return counter;
}

// A number in (0, 1) from a random word.
AM_INLINE double uniform(uint32_t word) { return ((double)(word >> 8) + 0.5) / 16777216.0; }

}  // namespace automodel::AM_ISA
