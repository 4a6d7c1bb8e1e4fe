// Choice of the instruction set at run time: the best one that both this build and this machine
// have, or the one that is asked for by name.
// The choice follows from what the processor says of itself, never from a measurement, so that the
// same machine always computes the same numbers.
#include "runtime.h"
#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif
#endif

#define AUTOMODEL_DECLARE(set) extern "C" void automodel_kernels_##set(automodel::KernelSet *filled)
AUTOMODEL_DECLARE(baseline);
AUTOMODEL_DECLARE(avx2);
AUTOMODEL_DECLARE(avx512);
AUTOMODEL_DECLARE(avx512_bf16);
AUTOMODEL_DECLARE(amx);
AUTOMODEL_DECLARE(neon);
AUTOMODEL_DECLARE(amx_emulated);

namespace automodel {
namespace {

// Bits of Processor::features.
enum Feature : int32_t { AVX2 = 1, AVX512 = 2, AVX512_BF16 = 4, AMX_BF16 = 8 };

struct Processor {
  char vendor[13];
  int32_t family;
  int32_t features;
};

#if defined(__x86_64__)
// Which registers the operating system saves: bit 2 is AVX, bits 5 to 7 AVX-512, 17 and 18 the
// tiles of AMX.
uint64_t saved_registers() {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t)high << 32 | low;
}

// Linux gives a process tiles when it asks for them, for the threads that it starts afterwards; it
// refuses where a thread has a signal stack that is too small for them.
bool may_use_tiles() {
#if defined(__linux__)
  constexpr long REQUEST_PERMISSION = 0x1023, TILE_DATA = 18;
  return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
#else
  return false;
#endif
}

int32_t features_here() {
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 27 & 1)) return 0;  // no xgetbv
  const bool fma = c >> 12 & 1, f16c = c >> 29 & 1;
  const uint64_t saved = saved_registers();
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  if (!(b >> 5 & 1) || !fma || !f16c || (saved & 6) != 6) return 0;
  if (!(b >> 16 & 1) || !(b >> 17 & 1) || !(b >> 30 & 1) || !(b >> 31 & 1) ||
      (saved & 0xe6) != 0xe6)
    return AVX2;
  const bool tiles = (d >> 22 & 1) && (d >> 24 & 1) && (saved >> 17 & 3) == 3;
  const bool bf16 = __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 5 & 1);
  return AVX2 | AVX512 | (bf16 ? AVX512_BF16 : 0) |
         (bf16 && tiles && may_use_tiles() ? AMX_BF16 : 0);
}

Processor this_processor() {
  Processor processor = {"", 0, features_here()};
  uint32_t a, b, c, d;
  if (!__get_cpuid(0, &a, &b, &c, &d)) return processor;
  const uint32_t name[3] = {b, d, c};
  memcpy(processor.vendor, name, 12);
  if (!__get_cpuid(1, &a, &b, &c, &d)) return processor;
  const int32_t family = a >> 8 & 15;
  processor.family = family == 15 ? family + (a >> 20 & 255) : family;
  return processor;
}
#else
Processor this_processor() { return {"", 0, 0}; }
#endif

// vdpbf16ps multiplies twice as many numbers as an FMA. AMD's processors that have it (Zen 4,
// family 19h, and later) start it as often as FMAs; Intel's take four times as long, so that
// products of operands that are widened to f32 are faster there.
bool has_fast_bf16_products(const Processor &processor) {
  return strcmp(processor.vendor, "AuthenticAMD") == 0 && processor.family >= 0x19;
}

#if defined(__x86_64__)
constexpr int32_t EMULATED_FEATURE = AVX2;
#else
constexpr int32_t EMULATED_FEATURE = 0;
#endif

struct Candidate {
  const char *name;
  void (*fill)(KernelSet *);
  int32_t feature;  // 0: none is needed
};

// Best first, where bf16 products are fast.
const Candidate CANDIDATES[] = {
#if defined(AUTOMODEL_HAS_AMX)
    {"amx", automodel_kernels_amx, AMX_BF16},
#endif
#if defined(AUTOMODEL_HAS_AVX512_BF16)
    {"avx512-bf16", automodel_kernels_avx512_bf16, AVX512_BF16},
#endif
#if defined(AUTOMODEL_HAS_AVX512)
    {"avx512", automodel_kernels_avx512, AVX512},
#endif
#if defined(AUTOMODEL_HAS_AVX2)
    {"avx2", automodel_kernels_avx2, AVX2},
#endif
#if defined(AUTOMODEL_HAS_NEON)
    {"neon", automodel_kernels_neon, 0},
#endif
#if defined(AUTOMODEL_HAS_AMX_EMULATED)  // by the tests alone
    {"amx-emulated", automodel_kernels_amx_emulated, EMULATED_FEATURE},
#endif
#if defined(AUTOMODEL_HAS_BASELINE)
    {"baseline", automodel_kernels_baseline, 0},
#endif
};

constexpr int32_t CANDIDATE_COUNT = (int32_t)(sizeof(CANDIDATES) / sizeof(CANDIDATES[0]));

// The candidates that a processor runs, best first; returns how many.
int32_t candidates_of(const Processor &processor, const Candidate **found) {
  int32_t count = 0;
  const Candidate *late = nullptr;
  for (const Candidate &candidate : CANDIDATES) {
    if ((candidate.feature & processor.features) != candidate.feature) continue;
    if (candidate.feature == AVX512_BF16 && !has_fast_bf16_products(processor)) {
      late = &candidate;
      continue;
    }
    found[count++] = &candidate;
    if (late != nullptr) found[count++] = late;
    late = nullptr;
  }
  if (late != nullptr) found[count++] = late;
  return count;
}

void write_names(const Processor &processor, char *text, int32_t capacity) {
  const Candidate *found[CANDIDATE_COUNT];
  const int32_t count = candidates_of(processor, found);
  int32_t at = 0;
  for (int32_t i = 0; i < count; i++) {
    const int32_t length = (int32_t)strlen(found[i]->name);
    if (at + length + 2 > capacity) break;
    if (at > 0) text[at++] = ' ';
    memcpy(text + at, found[i]->name, (size_t)length);
    at += length;
  }
  if (capacity > 0) text[at] = 0;
}

}  // namespace

bool choose_kernels(const char *name, KernelSet &set, char *error, int32_t capacity) {
  const Candidate *found[CANDIDATE_COUNT];
  const int32_t count = candidates_of(this_processor(), found);
  for (int32_t i = 0; i < count; i++) {
    if (name[0] != 0 && strcmp(name, found[i]->name) != 0) continue;
    set.name = found[i]->name;
    found[i]->fill(&set);
    return true;
  }
  for (const Candidate &candidate : CANDIDATES)
    if (strcmp(name, candidate.name) == 0) {
      write_error(error, capacity, "this machine does not have the instruction set ", NO_NUMBER,
                  name);
      return false;
    }
  write_error(error, capacity, "this build has no instruction set named ", NO_NUMBER, name);
  return false;
}

}  // namespace automodel

// Names of the instruction sets that this build and this machine have, best first, separated by
// spaces.
AUTOMODEL_API void automodel_instruction_sets(char *text, int32_t capacity) {
  automodel::write_names(automodel::this_processor(), text, capacity);
}

// The same for a processor that is described, for tests: CPUID's vendor, its family, and whether it
// has AVX2 (1), AVX-512 (2), its bf16 products (4) and, usable, AMX's tiles of bf16 (8).
AUTOMODEL_API void automodel_instruction_sets_of(const char *vendor, int32_t family,
                                                 int32_t features, char *text, int32_t capacity) {
  automodel::Processor processor = {"", family, features};
  for (int32_t i = 0; i < 12 && vendor[i] != 0; i++) processor.vendor[i] = vendor[i];
  automodel::write_names(processor, text, capacity);
}
