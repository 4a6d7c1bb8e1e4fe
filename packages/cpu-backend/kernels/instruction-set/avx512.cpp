// The kernels for x86-64 with AVX-512 F, BW, DQ and VL.
#define AM_VECTOR_AVX512 1
#define AM_ISA avx512
#include "../all.h"
