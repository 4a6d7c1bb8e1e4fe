// f32 as a sum of three bf16: each is what is left, rounded to nearest even. The sum is exact; the
// second is at most 2^-8 of the number and the third 2^-17. Terms below 2^-126 count as zero in
// products of bf16.
#pragma once

#include "../prelude.h"
#include "../vector/vector.h"

namespace automodel::AM_ISA {

constexpr float MOST_BF16 = 3.3895313892515355e38f;

// Takes the next term off `rest`. An infinity or a NaN is a term, and nothing is left of it; a
// finite number has no infinite terms.
AM_INLINE Vec take_term(Vec &rest) {
  const Mask finite = less(abs(rest), splat(__builtin_inff()));
  const Vec rounded = round_to_bf16(rest),
            term = select(finite, max(splat(-MOST_BF16), min(splat(MOST_BF16), rounded)), rounded);
  rest = select(finite, rest - term, zero());
  return term;
}

}  // namespace automodel::AM_ISA
