// Every kernel, compiled once per instruction set: a translation unit of instruction-set/ defines AM_ISA and the vector kind, then includes this file.
// Everything lands in namespace automodel::AM_ISA, so that no function compiled for one instruction set can stand in for another's. Kernel sources include nothing themselves.
#pragma once
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // false alarms from GCC's own intrinsics headers
#endif
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(AM_VECTOR_AVX512) || defined(AM_VECTOR_AVX2)
#include <immintrin.h>
#elif defined(AM_VECTOR_NEON)
#include <arm_neon.h>
#endif
#include "kernel.h"

#define AM_INLINE static inline __attribute__((always_inline))
#define AM_JOIN2(a, b) a##b
#define AM_JOIN(a, b) AM_JOIN2(a, b)
#if defined(_WIN32)
#define AM_EXPORT extern "C" __attribute__((visibility("default"))) __attribute__((dllexport))
#else
#define AM_EXPORT extern "C" __attribute__((visibility("default")))
#endif

namespace automodel {
namespace AM_ISA {

#include "vector/storage.h"
#include "vector/vector.h"
#include "vector/math.h"
#include "operand.h"

// One include a file of kernels.
#include "gemm/gemm.cpp"

// One entry a kernel: a `constexpr Kernel` defined in its file. The last entry only ends the list.
static const Kernel KERNELS[] = {
  gemm_kernel,
  {},
};

}  // namespace AM_ISA
}  // namespace automodel

AM_EXPORT const automodel::Kernel *AM_JOIN(automodel_kernels_, AM_ISA)(int32_t *count) {
  *count = (int32_t)(sizeof(automodel::AM_ISA::KERNELS) / sizeof(automodel::Kernel)) - 1;
  return automodel::AM_ISA::KERNELS;
}
