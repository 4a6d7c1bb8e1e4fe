// What the loader checks before it uses the library: the version of the C interface and the hash of
// the sources it was built from.
#include "runtime.h"

AUTOMODEL_API int32_t automodel_abi_version() { return 1; }
AUTOMODEL_API const char *automodel_source_hash() { return AUTOMODEL_SOURCE_HASH; }
