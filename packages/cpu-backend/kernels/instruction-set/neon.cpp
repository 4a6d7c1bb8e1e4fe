// The kernels for arm64.
#define AM_VECTOR_NEON 1
#define AM_ISA neon
#include "../all.h"
