// Memory of tensors: zeroed pages from the operating system, read-only mappings of file ranges, and
// copies with conversion between float storage types.
// A mapping starts at the byte asked for, whatever its alignment; pages of a range can be dropped
// again once its values have been converted.
#include "runtime.h"
#if defined(_WIN32)
#include <windows.h>
#else
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

// The conversions of the storage types for the runtime: without vectors, inlined where it pays.
#define AM_ISA runtime
#define AM_INLINE static inline
#include "../kernels/vector/storage.h"

namespace automodel {
using namespace AM_ISA;

#if defined(_WIN32)
void *allocate_bytes(int64_t bytes) {
  return VirtualAlloc(nullptr, (SIZE_T)bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}
void free_bytes(void *p, int64_t) { VirtualFree(p, 0, MEM_RELEASE); }
#else
void *allocate_bytes(int64_t bytes) {
  void *p =
      mmap(nullptr, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return nullptr;
#if defined(MADV_HUGEPAGE)
  if (bytes >= (8 << 20)) madvise(p, (size_t)bytes, MADV_HUGEPAGE);
#endif
  return p;
}
void free_bytes(void *p, int64_t bytes) { munmap(p, (size_t)bytes); }

static int64_t page_bytes() { return (int64_t)sysconf(_SC_PAGESIZE); }
#endif

namespace {

float read_float(const char *p, DType dtype) {
  if (dtype == F32) {
    float x;
    memcpy(&x, p, 4);
    return x;
  }
  if (dtype == F64) {
    double x;
    memcpy(&x, p, 8);
    return (float)x;
  }
  uint16_t bits;
  memcpy(&bits, p, 2);
  return dtype == BF16 ? to_float(bf16{bits}) : to_float(f16{bits});
}

void write_float(char *p, DType dtype, float x) {
  if (dtype == F32) {
    memcpy(p, &x, 4);
    return;
  }
  if (dtype == F64) {
    double wide = x;
    memcpy(p, &wide, 8);
    return;
  }
  const uint16_t bits = dtype == BF16 ? to_bf16(x).bits : to_f16(x).bits;
  memcpy(p, &bits, 2);
}

int64_t float_bytes(DType dtype) {
  return dtype == F64 ? 8 : dtype == F32 ? 4 : dtype == BF16 || dtype == F16 ? 2 : 0;
}

template <DType TO, DType FROM>
void convert_all(char *to, const char *from, int64_t count) {
  for (int64_t i = 0; i < count; i++)
    write_float(to + i * float_bytes(TO), TO, read_float(from + i * float_bytes(FROM), FROM));
}

template <DType TO>
bool convert_from(char *to, const char *from, DType from_dtype, int64_t count) {
  switch (from_dtype) {
    case F32:
      convert_all<TO, F32>(to, from, count);
      return true;
    case BF16:
      convert_all<TO, BF16>(to, from, count);
      return true;
    case F16:
      convert_all<TO, F16>(to, from, count);
      return true;
    case F64:
      convert_all<TO, F64>(to, from, count);
      return true;
    default:
      return false;
  }
}

}  // namespace
}  // namespace automodel

using namespace automodel;

AUTOMODEL_API void *automodel_allocate(int64_t bytes) {
  return bytes > 0 ? allocate_bytes(bytes) : nullptr;
}
AUTOMODEL_API void automodel_free(void *p, int64_t bytes) {
  if (p != nullptr) free_bytes(p, bytes);
}
AUTOMODEL_API void automodel_copy(void *to, const void *from, int64_t bytes) {
  memmove(to, from, (size_t)bytes);
}

// Copies `count` floats with conversion; 0 when a dtype is not a float.
AUTOMODEL_API int32_t automodel_convert(void *to, int32_t to_dtype, const void *from,
                                        int32_t from_dtype, int64_t count) {
  char *target = (char *)to;
  const char *source = (const char *)from;
  switch (to_dtype) {
    case F32:
      return convert_from<F32>(target, source, (DType)from_dtype, count);
    case BF16:
      return convert_from<BF16>(target, source, (DType)from_dtype, count);
    case F16:
      return convert_from<F16>(target, source, (DType)from_dtype, count);
    case F64:
      return convert_from<F64>(target, source, (DType)from_dtype, count);
    default:
      return 0;
  }
}

#if defined(_WIN32)
// Maps bytes [offset, offset + length) of a file for reading. Null, with a text, where that fails.
AUTOMODEL_API void *automodel_map(const char *path, int64_t offset, int64_t length, char *error,
                                  int32_t capacity) {
  wchar_t wide[32768];
  MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, 32768);
  HANDLE file = CreateFileW(wide, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_DELETE, nullptr,
                            OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
  LARGE_INTEGER size;
  if (file == INVALID_HANDLE_VALUE || !GetFileSizeEx(file, &size)) {
    write_error(error, capacity, "cannot open the file, error ", (int64_t)GetLastError());
    return nullptr;
  }
  if (offset < 0 || length <= 0 || offset > size.QuadPart - length) {
    CloseHandle(file);
    write_error(error, capacity, "the file has only ", size.QuadPart, " bytes");
    return nullptr;
  }
  HANDLE mapping = CreateFileMappingW(file, nullptr, PAGE_READONLY, 0, 0, nullptr);
  const int64_t start = offset / 65536 * 65536;
  char *p = mapping == nullptr
                ? nullptr
                : (char *)MapViewOfFile(mapping, FILE_MAP_READ, (DWORD)(start >> 32), (DWORD)start,
                                        (SIZE_T)(offset + length - start));
  if (p == nullptr)
    write_error(error, capacity, "cannot map the file, error ", (int64_t)GetLastError());
  if (mapping != nullptr) CloseHandle(mapping);
  CloseHandle(file);
  return p == nullptr ? nullptr : p + (offset - start);
}
AUTOMODEL_API void automodel_unmap(void *p, int64_t) {
  UnmapViewOfFile((void *)((uintptr_t)p / 65536 * 65536));
}
AUTOMODEL_API void automodel_drop_pages(void *, int64_t) {}
#else
// Maps bytes [offset, offset + length) of a file for reading. Null, with a text, where that fails.
AUTOMODEL_API void *automodel_map(const char *path, int64_t offset, int64_t length, char *error,
                                  int32_t capacity) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    write_error(error, capacity, strerror(errno), NO_NUMBER);
    return nullptr;
  }
  struct stat status;
  if (fstat(file, &status) != 0 || offset < 0 || length <= 0 ||
      offset > (int64_t)status.st_size - length) {
    write_error(error, capacity, "the file has only ", (int64_t)status.st_size, " bytes");
    close(file);
    return nullptr;
  }
  const int64_t page = page_bytes(), start = offset / page * page;
  void *p =
      mmap(nullptr, (size_t)(offset + length - start), PROT_READ, MAP_SHARED, file, (off_t)start);
  const int failure = errno;
  close(file);
  if (p == MAP_FAILED) {
    write_error(error, capacity, strerror(failure), NO_NUMBER);
    return nullptr;
  }
  return (char *)p + (offset - start);
}

AUTOMODEL_API void automodel_unmap(void *p, int64_t length) {
  const int64_t page = page_bytes();
  const uintptr_t at = (uintptr_t)p, start = at / (uintptr_t)page * (uintptr_t)page;
  munmap((void *)start, (size_t)(at + (uintptr_t)length - start));
}

// Gives the whole pages inside a mapped range back; reading them again reads the file.
AUTOMODEL_API void automodel_drop_pages(void *p, int64_t length) {
  const uintptr_t page = (uintptr_t)page_bytes(), start = ((uintptr_t)p + page - 1) / page * page,
                  end = ((uintptr_t)p + (uintptr_t)length) / page * page;
  if (end > start) madvise((void *)start, (size_t)(end - start), MADV_DONTNEED);
}
#endif
