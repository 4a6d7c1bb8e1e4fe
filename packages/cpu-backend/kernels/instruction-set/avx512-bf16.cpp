// The kernels for x86-64 with AVX-512 and its bf16 dot product.
#define AM_VECTOR_AVX512 1
#define AM_BF16_DOT 1
#define AM_ISA avx512_bf16
#include "../all.h"
