// Values in descending order (the lowest index first among equals) without sorting them all: the
// first place in that order at which a count or a mass of weights is reached is found by three
// levels of buckets over the bits of the values. Sums are in f64 and in a fixed order.
#pragma once

#include "../prelude.h"
#include "../vector/storage.h"

namespace automodel::AM_ISA {

constexpr int RANKING_LEVELS = 3, RANKING_BITS = 11, RANKING_BUCKETS = 1 << RANKING_BITS;

struct Bucket {
  double mass;
  int64_t count;
};

struct Ranking {
  const float *values;  // no negative zeros; NaN counts as the smallest value
  const float *weights;
  int64_t size;
  int32_t *chosen;        // `size` indices of working memory
  Bucket *first, *finer;  // RANKING_BUCKETS each; `first` is filled by rank()
};

// A prefix of the order: its length, its mass and the index that ends it.
struct Prefix {
  int64_t count;
  double mass;
  int64_t last;
};

// What a prefix has to reach: a count, or a mass (`beyond`: more than it).
struct Target {
  int64_t count;
  double mass;
  bool beyond;
};

AM_INLINE bool reaches(const Target &target, const Prefix &prefix) {
  return prefix.count >= target.count &&
         (target.beyond ? prefix.mass > target.mass : prefix.mass >= target.mass);
}

// Larger values have larger keys.
AM_INLINE uint32_t key_of(float x) {
  const uint32_t u = bits_of(x);
  return x != x ? 0 : (u >> 31) != 0 ? ~u : u | 0x80000000u;
}

AM_INLINE int bucket_of(float x, int level) {
  constexpr int shift[RANKING_LEVELS] = {21, 10, 0};
  return (int)(key_of(x) >> shift[level] & (level == 2 ? 1023u : 2047u));
}

static void rank(const Ranking &r) {
  memset(r.first, 0, RANKING_BUCKETS * sizeof(Bucket));
  for (int64_t i = 0; i < r.size; i++) {
    Bucket &bucket = r.first[bucket_of(r.values[i], 0)];
    bucket.mass += (double)r.weights[i];
    bucket.count++;
  }
}

static double total_mass(const Ranking &r) {
  double total = 0.0;
  for (int i = RANKING_BUCKETS - 1; i >= 0; i--) total += r.first[i].mass;
  return total;
}

// Moves the prefix to just before the bucket in which the target is reached (the last one that is
// not empty where it is nowhere) and returns that bucket.
static int walk_buckets(const Bucket *buckets, const Target &target, Prefix &prefix) {
  Prefix before = prefix;
  int found = 0;
  for (int i = RANKING_BUCKETS - 1; i >= 0; i--) {
    if (buckets[i].count == 0) continue;
    before = prefix;
    found = i;
    prefix.count += buckets[i].count;
    prefix.mass += buckets[i].mass;
    if (reaches(target, prefix)) break;
  }
  prefix = before;
  return found;
}

// The shortest prefix that reaches the target; everything where none does.
static Prefix prefix_until(const Ranking &r, const Target &target) {
  Prefix prefix = {0, 0.0, 0};
  const int found = walk_buckets(r.first, target, prefix);
  int64_t n = 0;
  for (int64_t i = 0; i < r.size; i++) {
    r.chosen[n] = (int32_t)i;
    n += bucket_of(r.values[i], 0) == found;
  }
  for (int level = 1; level < RANKING_LEVELS; level++) {
    memset(r.finer, 0, RANKING_BUCKETS * sizeof(Bucket));
    for (int64_t i = 0; i < n; i++) {
      Bucket &bucket = r.finer[bucket_of(r.values[r.chosen[i]], level)];
      bucket.mass += (double)r.weights[r.chosen[i]];
      bucket.count++;
    }
    const int finer = walk_buckets(r.finer, target, prefix);
    int64_t kept = 0;
    for (int64_t i = 0; i < n; i++) {
      const int32_t index = r.chosen[i];
      if (bucket_of(r.values[index], level) == finer) r.chosen[kept++] = index;
    }
    n = kept;
  }
  for (int64_t i = 0; i < n; i++) {  // equal values, lowest index first
    prefix.count++;
    prefix.mass += (double)r.weights[r.chosen[i]];
    prefix.last = r.chosen[i];
    if (reaches(target, prefix)) break;
  }
  return prefix;
}

}  // namespace automodel::AM_ISA
