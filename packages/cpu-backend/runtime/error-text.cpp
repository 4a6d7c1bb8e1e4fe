// Error texts without the C library's formatted output: text, a number, text.
#include "runtime.h"

namespace automodel {

void write_error(char *buffer, int32_t capacity, const char *before, int64_t number,
                 const char *after, const char *further) {
  int32_t at = 0;
  auto put = [&](const char *text) {
    for (; *text != 0 && at + 1 < capacity; text++) buffer[at++] = *text;
  };
  put(before);
  if (number != NO_NUMBER) {
    char digits[24];
    int32_t n = 24;
    digits[--n] = 0;
    uint64_t rest = number < 0 ? (uint64_t)0 - (uint64_t)number : (uint64_t)number;
    do digits[--n] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (number < 0) digits[--n] = '-';
    put(digits + n);
  }
  put(after);
  put(further);
  if (capacity > 0) buffer[at] = 0;
}

}  // namespace automodel
