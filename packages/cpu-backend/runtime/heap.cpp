// Memory that processes of one machine share: a file without a name (Linux), or with one until all
// have opened it (macOS), as large as the machine's memory and without contents at first. Ranges of
// it get memory when they are allocated, so that a lack of memory is an error at once, and give it
// back when they are freed. What a process leaves is gone when the last one that has it mapped
// ends.
#include "runtime.h"
#if !defined(_WIN32)
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#endif

#if defined(_WIN32)
AUTOMODEL_API int32_t automodel_heap_create(const char *, int64_t, char *error, int32_t capacity) {
  automodel::write_error(error, capacity, "there is no shared memory on Windows",
                         automodel::NO_NUMBER);
  return -1;
}
AUTOMODEL_API void *automodel_heap_map(const char *, int32_t, int64_t, char *error,
                                       int32_t capacity) {
  automodel::write_error(error, capacity, "there is no shared memory on Windows",
                         automodel::NO_NUMBER);
  return nullptr;
}
AUTOMODEL_API void automodel_heap_unlink(const char *) {}
AUTOMODEL_API int32_t automodel_heap_commit(int32_t, int64_t, int64_t) { return 0; }
AUTOMODEL_API void automodel_heap_release(int32_t, void *, int64_t, int64_t) {}
AUTOMODEL_API void automodel_heap_unmap(void *, int64_t) {}
AUTOMODEL_API void automodel_heap_close(int32_t) {}
#else
using namespace automodel;

namespace {

#if defined(__linux__)
int create_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }
int open_file(const char *path) { return open(path, O_RDWR | O_CLOEXEC); }
#else
int create_file(const char *name) { return shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600); }
int open_file(const char *path) { return shm_open(path, O_RDWR, 0600); }
#endif

}  // namespace

// A file of `bytes` bytes without contents; `name` is what other processes open on macOS. -1, with
// a text, where that fails.
AUTOMODEL_API int32_t automodel_heap_create(const char *name, int64_t bytes, char *error,
                                            int32_t capacity) {
  const int file = create_file(name);
  if (file >= 0 && ftruncate(file, (off_t)bytes) == 0) return file;
  write_error(error, capacity, strerror(errno), NO_NUMBER);
  if (file >= 0) close(file);
  return -1;
}

// Maps `file`, or what is at `path` where `file` is -1. Null, with a text, where that fails.
AUTOMODEL_API void *automodel_heap_map(const char *path, int32_t file, int64_t bytes, char *error,
                                       int32_t capacity) {
  const int opened = file >= 0 ? file : open_file(path);
  struct stat status;
  void *p = MAP_FAILED;
  if (opened >= 0 && fstat(opened, &status) == 0 && (int64_t)status.st_size >= bytes)
    p = mmap(nullptr, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, opened, 0);
  else if (opened >= 0)
    errno = EINVAL;
  if (p == MAP_FAILED) write_error(error, capacity, strerror(errno), NO_NUMBER);
  if (file < 0 && opened >= 0) close(opened);
  if (p == MAP_FAILED) return nullptr;
#if defined(MADV_HUGEPAGE)
  madvise(p, (size_t)bytes, MADV_HUGEPAGE);
#endif
  return p;
}

#if defined(__linux__)
AUTOMODEL_API void automodel_heap_unlink(const char *) {}

// Gives a range zeroed memory; 0 where there is none.
AUTOMODEL_API int32_t automodel_heap_commit(int32_t file, int64_t offset, int64_t bytes) {
  int failed;
  do failed = fallocate(file, 0, (off_t)offset, (off_t)bytes);
  while (failed != 0 && errno == EINTR);
  return failed == 0;
}

// Gives the memory of a range back.
AUTOMODEL_API void automodel_heap_release(int32_t file, void *, int64_t offset, int64_t bytes) {
  fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)bytes);
}
#else
AUTOMODEL_API void automodel_heap_unlink(const char *name) { shm_unlink(name); }
AUTOMODEL_API int32_t automodel_heap_commit(int32_t, int64_t, int64_t) { return 1; }
AUTOMODEL_API void automodel_heap_release(int32_t, void *heap, int64_t offset, int64_t bytes) {
  memset((char *)heap + offset, 0, (size_t)bytes);
}
#endif

AUTOMODEL_API void automodel_heap_unmap(void *heap, int64_t bytes) { munmap(heap, (size_t)bytes); }
AUTOMODEL_API void automodel_heap_close(int32_t file) { close(file); }
#endif
