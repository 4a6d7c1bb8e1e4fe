// Choice of the instruction set at run time: the best one that both this build and this machine
// have, or the one that is asked for by name.
#include "runtime.h"
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#define AUTOMODEL_DECLARE(set) \
  extern "C" const automodel::Kernel *automodel_kernels_##set(int32_t *count)
AUTOMODEL_DECLARE(baseline);
AUTOMODEL_DECLARE(avx2);
AUTOMODEL_DECLARE(avx512);
AUTOMODEL_DECLARE(avx512_bf16);
AUTOMODEL_DECLARE(neon);

namespace automodel {
namespace {

typedef const Kernel *(*KernelsOf)(int32_t *);
struct Candidate {
  const char *name;
  KernelsOf kernels;
  bool (*runs_here)();
};

[[maybe_unused]] bool always() { return true; }

#if defined(__x86_64__)
// Which vector registers the operating system saves: bit 2 is AVX, bits 5 to 7 AVX-512.
uint64_t saved_registers() {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

struct Features {
  bool avx2 = false, avx512 = false, avx512_bf16 = false;
  Features() {
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 27 & 1)) return;  // no xgetbv
    const bool fma = c >> 12 & 1, f16c = c >> 29 & 1;
    const uint64_t saved = saved_registers();
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return;
    avx2 = (b >> 5 & 1) && fma && f16c && (saved & 6) == 6;
    avx512 = avx2 && (b >> 16 & 1) && (b >> 17 & 1) && (b >> 30 & 1) && (b >> 31 & 1) &&
             (saved & 0xe6) == 0xe6;
    if (__get_cpuid_count(7, 1, &a, &b, &c, &d)) avx512_bf16 = avx512 && (a >> 5 & 1);
  }
};
[[maybe_unused]] bool has_avx2() { return Features().avx2; }
[[maybe_unused]] bool has_avx512() { return Features().avx512; }
[[maybe_unused]] bool has_avx512_bf16() { return Features().avx512_bf16; }
#endif

// Best first.
const Candidate CANDIDATES[] = {
#if defined(AUTOMODEL_HAS_AVX512_BF16)
    {"avx512-bf16", automodel_kernels_avx512_bf16, has_avx512_bf16},
#endif
#if defined(AUTOMODEL_HAS_AVX512)
    {"avx512", automodel_kernels_avx512, has_avx512},
#endif
#if defined(AUTOMODEL_HAS_AVX2)
    {"avx2", automodel_kernels_avx2, has_avx2},
#endif
#if defined(AUTOMODEL_HAS_NEON)
    {"neon", automodel_kernels_neon, always},
#endif
#if defined(AUTOMODEL_HAS_BASELINE)
    {"baseline", automodel_kernels_baseline, always},
#endif
};

}  // namespace

bool choose_kernels(const char *name, KernelSet &set, char *error, int32_t capacity) {
  for (const Candidate &candidate : CANDIDATES) {
    if (name[0] != 0 && strcmp(name, candidate.name) != 0) continue;
    if (candidate.runs_here()) {
      set.name = candidate.name;
      set.kernels = candidate.kernels(&set.count);
      return true;
    }
    if (name[0] != 0) {
      write_error(error, capacity, "this machine does not have the instruction set ", NO_NUMBER,
                  name);
      return false;
    }
  }
  write_error(error, capacity, "this build has no instruction set named ", NO_NUMBER, name);
  return false;
}

}  // namespace automodel

// Names of the instruction sets that this build and this machine have, best first, separated by
// spaces.
AUTOMODEL_API void automodel_instruction_sets(char *text, int32_t capacity) {
  int32_t at = 0;
  for (const automodel::Candidate &candidate : automodel::CANDIDATES) {
    const int32_t length = (int32_t)strlen(candidate.name);
    if (!candidate.runs_here() || at + length + 2 > capacity) continue;
    if (at > 0) text[at++] = ' ';
    memcpy(text + at, candidate.name, (size_t)length);
    at += length;
  }
  if (capacity > 0) text[at] = 0;
}
