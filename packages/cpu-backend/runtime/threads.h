// Threads, a mutex and a condition on POSIX and Windows, and the few atomics the pool needs.
#pragma once
#include <stdint.h>
#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#else
#include <pthread.h>
#include <time.h>
#include <unistd.h>
#endif

namespace automodel {

constexpr size_t THREAD_STACK_BYTES = 4u << 20;

#if defined(_WIN32)
struct Mutex {
  SRWLOCK lock = SRWLOCK_INIT;
  void acquire() { AcquireSRWLockExclusive(&lock); }
  void release() { ReleaseSRWLockExclusive(&lock); }
  void destroy() {}
};
struct Condition {
  CONDITION_VARIABLE variable = CONDITION_VARIABLE_INIT;
  void wait(Mutex &mutex) { SleepConditionVariableSRW(&variable, &mutex.lock, INFINITE, 0); }
  void wake_all() { WakeAllConditionVariable(&variable); }
  void destroy() {}
};
struct Thread {
  HANDLE handle;
  bool start(DWORD(WINAPI *body)(void *), void *argument) {
    handle = CreateThread(nullptr, THREAD_STACK_BYTES, body, argument,
                          STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr);
    return handle != nullptr;
  }
  void join() {
    WaitForSingleObject(handle, INFINITE);
    CloseHandle(handle);
  }
};
#define AUTOMODEL_THREAD_BODY(name, argument) static DWORD WINAPI name(void *argument)
inline int32_t processor_count() {
  SYSTEM_INFO system;
  GetSystemInfo(&system);
  return (int32_t)system.dwNumberOfProcessors;
}
inline int64_t nanoseconds_now() {
  LARGE_INTEGER ticks, frequency;
  QueryPerformanceCounter(&ticks);
  QueryPerformanceFrequency(&frequency);
  return (int64_t)((double)ticks.QuadPart * 1e9 / (double)frequency.QuadPart);
}
#else
struct Mutex {
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  void acquire() { pthread_mutex_lock(&lock); }
  void release() { pthread_mutex_unlock(&lock); }
  void destroy() { pthread_mutex_destroy(&lock); }
};
struct Condition {
  pthread_cond_t variable = PTHREAD_COND_INITIALIZER;
  void wait(Mutex &mutex) { pthread_cond_wait(&variable, &mutex.lock); }
  void wake_all() { pthread_cond_broadcast(&variable); }
  void destroy() { pthread_cond_destroy(&variable); }
};
struct Thread {
  pthread_t handle;
  bool start(void *(*body)(void *), void *argument) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
    const bool started = pthread_create(&handle, &attributes, body, argument) == 0;
    pthread_attr_destroy(&attributes);
    return started;
  }
  void join() { pthread_join(handle, nullptr); }
};
#define AUTOMODEL_THREAD_BODY(name, argument) static void *name(void *argument)
inline int32_t processor_count() { return (int32_t)sysconf(_SC_NPROCESSORS_ONLN); }
inline int64_t nanoseconds_now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
#endif

inline void pause_briefly() {
#if defined(__x86_64__) || defined(_M_X64)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// Waits for a condition without sleeping, for at most `limit` nanoseconds; returns whether it
// holds.
template <class Condition>
inline bool spin_until(int64_t limit, Condition holds) {
  if (holds()) return true;
  if (limit <= 0) return false;
  const int64_t start = nanoseconds_now();
  do {
    for (int i = 0; i < 16; i++) {
      pause_briefly();
      if (holds()) return true;
    }
  } while (nanoseconds_now() - start < limit);
  return false;
}

template <class T>
inline T load_acquire(const T *p) {
  return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}
template <class T>
inline void store_release(T *p, T x) {
  __atomic_store_n(p, x, __ATOMIC_RELEASE);
}
template <class T>
inline T load_in_order(const T *p) {
  return __atomic_load_n(p, __ATOMIC_SEQ_CST);
}
template <class T>
inline void store_in_order(T *p, T x) {
  __atomic_store_n(p, x, __ATOMIC_SEQ_CST);
}
template <class T>
inline T fetch_and_add(T *p, T x) {
  return __atomic_fetch_add(p, x, __ATOMIC_ACQ_REL);
}

}  // namespace automodel
