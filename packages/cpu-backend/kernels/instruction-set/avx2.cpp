// The kernels for x86-64 with AVX2, FMA and F16C.
#define AM_VECTOR_AVX2 1
#define AM_ISA avx2
#include "../all.h"
