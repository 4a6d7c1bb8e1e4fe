// What the files of the runtime share: the C interface's export macro and the structures of programs and executables.
// The runtime owns threads, programs and memory; it knows kernels only through kernels/kernel.h.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "../kernels/kernel.h"

#if defined(_WIN32)
#define AUTOMODEL_API extern "C" __attribute__((dllexport))
#else
#define AUTOMODEL_API extern "C" __attribute__((visibility("default")))
#endif
