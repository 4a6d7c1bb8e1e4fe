// Finds an MPI library and tells its interface apart: Open MPI's handles are addresses of its
// symbols, those of MPICH and its relatives are numbers, and the standard interface of MPI 5 has
// numbers of its own.
#include "mpi.h"
#include "runtime.h"
#if !defined(_WIN32)
#include <dlfcn.h>
#include <stdlib.h>
#endif

namespace automodel {

#if defined(_WIN32)
bool open_mpi(const char *, Mpi &, char *error, int32_t capacity) {
  write_error(error, capacity, "MPI libraries are not looked for on Windows", NO_NUMBER);
  return false;
}
#else
namespace {

template <class T>
bool find(void *library, const char *name, T &function) {
  void *symbol = dlsym(library, name);
  memcpy(&function, &symbol, sizeof symbol);
  return symbol != nullptr;
}

// The first library that opens; Open MPI's plugins look for its symbols, so they are global.
void *open_first(const char *names) {
  char name[4096];
  for (const char *at = names; *at != 0;) {
    size_t length = 0;
    while (at[length] != 0 && at[length] != '\n') length++;
    if (length > 0 && length < sizeof name) {
      memcpy(name, at, length);
      name[length] = 0;
      void *library = dlopen(name, RTLD_NOW | RTLD_GLOBAL);
      if (library != nullptr) return library;
    }
    at += length + (at[length] == '\n');
  }
  return nullptr;
}

// Values of the standard interface: MPI 5.0, annex on the ABI.
void use_standard(Mpi &mpi) {
  mpi.world = 0x101;
  mpi.byte = 0x247;
  mpi.errors_return = 0x143;
  mpi.ignored_status = nullptr;
  mpi.serialized = 2048;
}

void use_mpich(Mpi &mpi) {
  mpi.world = 0x44000000;
  mpi.byte = 0x4c00010d;
  mpi.errors_return = 0x54000001;
  mpi.ignored_status = (void *)1;
  mpi.serialized = 2;
}

bool use_open_mpi(void *library, Mpi &mpi) {
  mpi.ignored_status = nullptr;
  mpi.serialized = 2;
  return find(library, "ompi_mpi_comm_world", mpi.world) &&
         find(library, "ompi_mpi_byte", mpi.byte) &&
         find(library, "ompi_mpi_errors_return", mpi.errors_return);
}

void use_handles(void *library, Mpi &mpi) {
  int (*abi_version)(int *, int *);
  int major = 0, minor = 0;
  if (find(library, "MPI_Abi_get_version", abi_version) && abi_version(&major, &minor) == 0 &&
      major >= 1)
    use_standard(mpi);
  else if (!use_open_mpi(library, mpi))
    use_mpich(mpi);
}

// UCX, by which MPI libraries send, watches memory: it rewrites the code of mmap and sbrk in the
// running process and tries them by growing and shrinking the heap, while other threads allocate.
// V8 crashes of that now and then. Whoever sets the variable has the last word.
void leave_memory_alone() { setenv("UCX_MEM_EVENTS", "n", 0); }

}  // namespace

bool open_mpi(const char *names, Mpi &mpi, char *error, int32_t capacity) {
  leave_memory_alone();
  void *library = open_first(names);
  if (library == nullptr) {
    write_error(error, capacity, "there is no MPI library", NO_NUMBER);
    return false;
  }
  if (!find(library, "MPI_Init_thread", mpi.init_thread) ||
      !find(library, "MPI_Initialized", mpi.initialized) ||
      !find(library, "MPI_Comm_rank", mpi.rank) || !find(library, "MPI_Comm_size", mpi.size) ||
      !find(library, "MPI_Comm_set_errhandler", mpi.set_errhandler) ||
      !find(library, "MPI_Isend", mpi.send) || !find(library, "MPI_Irecv", mpi.receive) ||
      !find(library, "MPI_Test", mpi.test) || !find(library, "MPI_Cancel", mpi.cancel) ||
      !find(library, "MPI_Finalize", mpi.finalize)) {
    write_error(error, capacity, "the MPI library lacks functions", NO_NUMBER);
    return false;
  }
  use_handles(library, mpi);
  return true;
}
#endif

}  // namespace automodel
