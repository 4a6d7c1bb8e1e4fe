// The kernels for x86-64 with AVX-512, and Intel's AMX for products of bf16. Pairs that are not
// multiplied on tiles are widened to f32, which is faster on the processors that have AMX.
#define AM_VECTOR_AVX512 1
#define AM_TILES 1
#define AM_ISA amx
#include "../all.h"
