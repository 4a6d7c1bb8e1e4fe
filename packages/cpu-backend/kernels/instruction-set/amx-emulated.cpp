// For tests only: the kernels of the set amx with the vectors that most machines have, and tiles in
// plain C++.
#if defined(__aarch64__)
#define AM_VECTOR_NEON 1
#elif defined(__AVX2__)
#define AM_VECTOR_AVX2 1
#endif
#define AM_TILES 1
#define AM_TILES_EMULATED 1
#define AM_ISA amx_emulated
#include "../all.h"
