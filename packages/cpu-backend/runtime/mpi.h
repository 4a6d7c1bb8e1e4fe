// MPI without its headers: the functions that messages need, found in whichever library is there,
// and the handles of its interface. Handles are passed as words of 64 bits; those that are ints in
// a library are read from the low half.
#pragma once
#include <stdint.h>

namespace automodel {

struct Mpi {
  // handles and constants
  intptr_t world, byte, errors_return;
  void *ignored_status;
  int32_t serialized;  // the level of threads that call one after the other
  // functions
  int (*init_thread)(int *, char ***, int, int *);
  int (*initialized)(int *);
  int (*rank)(intptr_t, int *);
  int (*size)(intptr_t, int *);
  int (*set_errhandler)(intptr_t, intptr_t);
  int (*send)(const void *, int, intptr_t, int, int, intptr_t, void *);
  int (*receive)(void *, int, intptr_t, int, int, intptr_t, void *);
  int (*test)(void *, int *, void *);
  int (*cancel)(void *);
  int (*finalize)();
};

// Opens the first library of `names` (separated by newlines) that is there. False, with a text,
// where none is, or where one lacks what is needed.
bool open_mpi(const char *names, Mpi &mpi, char *error, int32_t capacity);

}  // namespace automodel
