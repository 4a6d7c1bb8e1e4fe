// What this machine can do at most: f32 FMA from registers, and memory bandwidth over arrays larger
// than its caches, by several threads. One JSON line: GFLOP/s, and GB/s of bytes read plus written.
// Usage: g++ -O2 -march=native -ffp-contract=fast -pthread peaks.cpp -o peaks && ./peaks [threads]
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>
#include <vector>

namespace {

#ifdef __AVX512F__
constexpr int WIDTH = 16;
constexpr int CHAINS = 24;
#else
constexpr int WIDTH = 8;
constexpr int CHAINS = 12;
#endif
typedef float Vector __attribute__((vector_size(WIDTH * 4), aligned(WIDTH * 4)));

constexpr long FMA_ROUNDS = 20'000'000;
constexpr int64_t ARRAY_BYTES = int64_t{256} << 20;
constexpr int REPEATS = 5;

/** Seconds of the fastest run, in which each thread does its part. */
double best(int threads, const std::function<void(int)> &part) {
  double least = 1e9;
  for (int i = 0; i < REPEATS; i++) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> others;
    for (int t = 1; t < threads; t++) others.emplace_back(part, t);
    part(0);
    for (auto &other : others) other.join();
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    least = seconds.count() < least ? seconds.count() : least;
  }
  return least;
}

void keep(const Vector &value) { asm volatile("" : : "m"(value) : "memory"); }

void multiply_add(int) {
  Vector sums[CHAINS];
  for (int i = 0; i < CHAINS; i++) sums[i] = Vector{} + float(i);
  Vector a = Vector{} + 0.999f, b = Vector{} + 1e-3f;
  for (long k = 0; k < FMA_ROUNDS; k++) {
#pragma GCC unroll 24
    for (int i = 0; i < CHAINS; i++) sums[i] = sums[i] * a + b;
    asm volatile("" : "+x"(a), "+x"(b));
  }
  for (const Vector &sum : sums) keep(sum);
}

/** The vectors of a thread's part of an array. */
struct Part {
  Vector *first;
  int64_t count;
};

void read(Part part) {
  Vector sums[8] = {};
  for (int64_t i = 0; i + 8 <= part.count; i += 8)
    for (int k = 0; k < 8; k++) sums[k] += part.first[i + k];
  for (const Vector &sum : sums) keep(sum);
}

void write(Part part) {
  for (int64_t i = 0; i < part.count; i++) part.first[i] = Vector{} + 1.0f;
  keep(*part.first);
}

void update(Part part) {
  for (int64_t i = 0; i < part.count; i++) part.first[i] = part.first[i] * 0.5f + 1.0f;
  keep(*part.first);
}

void copy(Part from, Part to) {
  for (int64_t i = 0; i < from.count; i++) to.first[i] = from.first[i];
  keep(*to.first);
}

}  // namespace

int main(int argc, char **argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 2;
  if (threads < 1) {
    std::fprintf(stderr, "usage: peaks [threads]\n");
    return 1;
  }
  const auto array = [] { return static_cast<Vector *>(std::aligned_alloc(4096, ARRAY_BYTES)); };
  Vector *x = array(), *y = array();
  const int64_t count = ARRAY_BYTES / int64_t{sizeof(Vector)} / threads;
  const auto part = [count](Vector *of, int t) { return Part{of + t * count, count}; };
  const double written = best(threads, [&](int t) { write(part(x, t)); });
  const double copied = best(threads, [&](int t) { copy(part(x, t), part(y, t)); });
  const double was_read = best(threads, [&](int t) { read(part(x, t)); });
  const double updated = best(threads, [&](int t) { update(part(x, t)); });
  const double multiplied = best(threads, multiply_add);
  const double flops = 2.0 * CHAINS * WIDTH * FMA_ROUNDS * threads;
  const double gigabytes = ARRAY_BYTES / 1e9;
  std::printf(
      "{\"threads\": %d, \"fma_gflops\": %.1f, \"read_gbs\": %.2f, \"write_gbs\": %.2f, "
      "\"copy_gbs\": %.2f, \"update_gbs\": %.2f}\n",
      threads, flops / multiplied / 1e9, gigabytes / was_read, gigabytes / written,
      2 * gigabytes / copied, 2 * gigabytes / updated);
  std::free(x);
  std::free(y);
  return 0;
}
