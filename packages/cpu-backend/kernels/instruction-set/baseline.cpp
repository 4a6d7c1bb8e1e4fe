// The kernels in plain C++, for any CPU.
#define AM_ISA baseline
#include "../all.h"
