// What every kernel source starts from: the C library, the contract with the runtime, and the
// instruction set. The translation units of instruction-set/ choose it; a source that is opened or
// checked by itself gets the best one that the compiler's flags allow.
// Kernels live in namespace automodel::AM_ISA, so that no function compiled for one instruction set
// can stand in for another's.
#pragma once

#if defined(__GNUC__) && !defined(__clang__)
// false alarms from GCC's own intrinsics headers
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernel.h"

#if !defined(AM_ISA)
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define AM_VECTOR_AVX512 1
#if defined(__AMX_BF16__)
#define AM_TILES 1
#define AM_ISA amx
#elif defined(__AVX512BF16__)
#define AM_BF16_DOT 1
#define AM_ISA avx512_bf16
#else
#define AM_ISA avx512
#endif
#elif defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)
#define AM_VECTOR_AVX2 1
#define AM_ISA avx2
#elif defined(__aarch64__)
#define AM_VECTOR_NEON 1
#define AM_ISA neon
#else
#define AM_ISA baseline
#endif
#endif

#if !defined(AM_INLINE)
#define AM_INLINE static inline __attribute__((always_inline))
#endif
