// The decisions of `Sharing` for times that are given, for tests: nothing else can repeat what a
// busy machine does.
#include "runtime.h"

// A phase is three numbers: when it starts, what it takes if it is shared, and what it takes alone,
// in nanoseconds. `active` receives how many threads share each.
AUTOMODEL_API void automodel_sharing_of(int32_t threads, const int64_t *phases, int64_t count,
                                        int32_t *active) {
  automodel::Sharing sharing;
  sharing.begin(threads);
  for (int64_t i = 0; i < count; i++) {
    const int64_t start = phases[3 * i], together = phases[3 * i + 1], alone = phases[3 * i + 2];
    active[i] = sharing.threads(start);
    if (active[i] > 1) sharing.shared(start + together, together, alone);
  }
}

// Whether a program of these phases is shared at all.
AUTOMODEL_API int32_t automodel_team_of(const int64_t *chunks, const int64_t *alone,
                                        int64_t phases) {
  return automodel::is_worth_a_team(chunks, alone, phases) ? 1 : 0;
}
