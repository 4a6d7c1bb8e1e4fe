// Memory that other processes of this machine see: one heap for each process, of which the others
// open a mapping. Its address space is reserved at once and backed by memory piece by piece, so
// that a lack of memory is an error when a piece is taken, and not a signal when it is used. Linux:
// an anonymous file of this process, opened by others through /proc; it is not bound by the size of
// /dev/shm, and gone when all processes are. macOS: a shared memory object, whose name is removed
// as soon as all have opened it.
#include "runtime.h"
#if !defined(_WIN32)
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#endif
#if defined(__linux__)
#include <sys/syscall.h>
#endif

namespace automodel {
namespace {

#if !defined(_WIN32)
void *map_heap(int file, int64_t bytes) {
  void *p =
      mmap(nullptr, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
  if (p == MAP_FAILED) return nullptr;
#if defined(MADV_HUGEPAGE)
  madvise(p, (size_t)bytes, MADV_HUGEPAGE);
#endif
  return p;
}

void *failed(const char *what, int file, char *error, int32_t capacity) {
  const int failure = errno;
  if (file >= 0) close(file);
  write_error(error, capacity, what, NO_NUMBER, strerror(failure));
  return nullptr;
}

#if defined(__linux__)
int create_file(const char *) { return (int)syscall(SYS_memfd_create, "automodel", 1u); }
int open_file(int64_t process, int64_t file, const char *) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%lld/fd/%lld", (long long)process, (long long)file);
  return open(path, O_RDWR | O_CLOEXEC);
}
#else
int create_file(const char *name) { return shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600); }
int open_file(int64_t, int64_t, const char *name) { return shm_open(name, O_RDWR, 0600); }
#endif
#endif

}  // namespace
}  // namespace automodel

using namespace automodel;

#if defined(_WIN32)
AUTOMODEL_API int64_t automodel_physical_bytes() { return 0; }
AUTOMODEL_API void *automodel_heap_create(const char *, int64_t, int64_t *, char *error,
                                          int32_t capacity) {
  write_error(error, capacity, "processes do not share memory on Windows", NO_NUMBER);
  return nullptr;
}
AUTOMODEL_API void *automodel_heap_open(int64_t, int64_t, const char *, int64_t, char *error,
                                        int32_t capacity) {
  write_error(error, capacity, "processes do not share memory on Windows", NO_NUMBER);
  return nullptr;
}
AUTOMODEL_API void automodel_heap_unlink(const char *) {}
AUTOMODEL_API int32_t automodel_heap_take(int64_t, void *, int64_t, int64_t) { return -1; }
AUTOMODEL_API void automodel_heap_give_back(int64_t, void *, int64_t, int64_t) {}
AUTOMODEL_API void automodel_heap_close(void *, int64_t, int64_t) {}
#else
// Bytes of memory that this machine has.
AUTOMODEL_API int64_t automodel_physical_bytes() {
  return (int64_t)sysconf(_SC_PHYS_PAGES) * (int64_t)sysconf(_SC_PAGESIZE);
}

// A heap of this process, without memory yet; `file` receives its descriptor. Null, with a text,
// where that fails.
AUTOMODEL_API void *automodel_heap_create(const char *name, int64_t bytes, int64_t *file,
                                          char *error, int32_t capacity) {
  const int descriptor = create_file(name);
  if (descriptor < 0) return failed("cannot make a heap: ", -1, error, capacity);
  void *heap = ftruncate(descriptor, (off_t)bytes) != 0 ? nullptr : map_heap(descriptor, bytes);
  if (heap == nullptr) return failed("cannot map a heap: ", descriptor, error, capacity);
  *file = descriptor;
  return heap;
}

// The heap of another process of this machine. Null, with a text, where that fails.
AUTOMODEL_API void *automodel_heap_open(int64_t process, int64_t file, const char *name,
                                        int64_t bytes, char *error, int32_t capacity) {
  const int descriptor = open_file(process, file, name);
  if (descriptor < 0) return failed("cannot open its heap: ", -1, error, capacity);
  void *heap = map_heap(descriptor, bytes);
  if (heap == nullptr) return failed("cannot map its heap: ", descriptor, error, capacity);
  close(descriptor);
  return heap;
}

// Removes the name by which others find a heap, where it has one.
AUTOMODEL_API void automodel_heap_unlink(const char *name) {
#if defined(__linux__)
  (void)name;
#else
  shm_unlink(name);
#endif
}

// Backs bytes of a heap with zeroed memory; both numbers are multiples of the page size. 0: done.
AUTOMODEL_API int32_t automodel_heap_take(int64_t file, void *heap, int64_t offset, int64_t bytes) {
#if defined(__linux__)
  (void)heap;
  int result;
  do result = fallocate((int)file, 0, (off_t)offset, (off_t)bytes);
  while (result != 0 && errno == EINTR);
  return result;
#else
  (void)file;
  memset((char *)heap + offset, 0, (size_t)bytes);
  return 0;
#endif
}

// Gives the memory behind bytes of a heap back.
AUTOMODEL_API void automodel_heap_give_back(int64_t file, void *heap, int64_t offset,
                                            int64_t bytes) {
#if defined(__linux__)
  (void)heap;
  fallocate((int)file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)bytes);
#else
  (void)file;
  madvise((char *)heap + offset, (size_t)bytes, MADV_FREE);
#endif
}

// Closes a heap of this process, or (`file` -1) the mapping of another's.
AUTOMODEL_API void automodel_heap_close(void *heap, int64_t bytes, int64_t file) {
  munmap(heap, (size_t)bytes);
  if (file >= 0) close((int)file);
}
#endif
