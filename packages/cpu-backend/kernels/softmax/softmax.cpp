// softmax, log_softmax: in x (floats or f64, any strides); out y of the same shape and dtype, any
// strides; may be x itself. ints: [dimension]. A line of -infinity gives NaN.
// Lines are worked on in f32 (f64 for f64) in scratch; sums of many exponentials are f64.

#include "../prelude.h"
#include "../elementwise/convert.h"
#include "../operand.h"
#include "../reduce/line-grid.h"
#include "../reduce/lines.h"
#include "../vector/math.h"
#include "../vector/vector.h"

namespace automodel::AM_ISA {

static int64_t softmax_scratch(const Call &call) {
  return round_up(
      line_grid(call.in[0], listed_dimensions(call, 0)).length * (call.in[0].dtype == F64 ? 8 : 4),
      64);
}

template <bool LOGARITHM>
static void soften_line(float *line, int64_t n) {
  Vec tops = splat(-__builtin_inff());
  int64_t whole = 0;
  for (; whole + LANES <= n; whole += LANES) tops = max(load(line + whole), tops);
  float top = largest(tops);
  for (int64_t i = whole; i < n; i++) top = line[i] > top ? line[i] : top;
  const Vec base = splat(top);
  double total = 0.0;
  for (int64_t start = 0; start < n; start += 16 * LANES) {
    Vec some = zero();
    for (int64_t i = start; i < min64(n, start + 16 * LANES); i += LANES) {
      const int lanes = (int)min64(LANES, n - i);
      Vec weight = exp(load(line + i, lanes) - base);
      if (lanes < LANES) weight = select(lanes_between(0, lanes), weight, zero());
      if (!LOGARITHM) store(line + i, weight, lanes);
      some += weight;
    }
    total += sum(some);
  }
  const Vec scale = splat((float)(1.0 / total)), shift = splat((float)::log(total));
  for (int64_t i = 0; i < n; i += LANES) {
    const int lanes = (int)min64(LANES, n - i);
    const Vec x = load(line + i, lanes);
    store(line + i, LOGARITHM ? x - base - shift : x * scale, lanes);
  }
}

template <bool LOGARITHM>
static void soften_line(double *line, int64_t n) {
  double top = -__builtin_inf(), total = 0.0;
  for (int64_t i = 0; i < n; i++) top = line[i] > top ? line[i] : top;
  for (int64_t i = 0; i < n; i++) total += ::exp(line[i] - top);
  for (int64_t i = 0; i < n; i++)
    line[i] = LOGARITHM ? line[i] - top - ::log(total) : ::exp(line[i] - top) / total;
}

template <bool LOGARITHM, class T>
static void softmax_lines(const Call &call, int64_t chunk, T *line) {
  const Tensor &x = call.in[0], &y = call.out[0];
  const uint32_t dimension = listed_dimensions(call, 0);
  const LineGrid g = line_grid(x, dimension), out = line_grid(y, dimension);
  for (int64_t i = chunk * g.lines_a_chunk; i < min64(g.lines, (chunk + 1) * g.lines_a_chunk);
       i++) {
    read_run(line, x.data + line_start(g.r, i) * bytes_of(x.dtype), x.dtype,
             g.r.reduced.stride[0][0], g.length);
    soften_line<LOGARITHM>(line, g.length);
    write_run(y.data + line_start(out.r, i) * bytes_of(y.dtype), line, y.dtype,
              out.r.reduced.stride[0][0], g.length);
  }
}

template <bool LOGARITHM>
static void softmax_run(const Call &call, int32_t, int64_t chunk, char *scratch) {
  if (call.in[0].dtype == F64)
    softmax_lines<LOGARITHM>(call, chunk, (double *)scratch);
  else
    softmax_lines<LOGARITHM>(call, chunk, (float *)scratch);
}

static const char *softmax_check(const Call &call) {
  return call.in_count == 1 && domain_of(call.in[0].dtype) == WHOLES ? "takes floats"
                                                                     : along_dimension_check(call);
}

constexpr Kernel softmax_kernel = {
    "softmax",       1,       line_chunks,  softmax_run<false>, nullptr,
    softmax_scratch, nullptr, softmax_check};
constexpr Kernel log_softmax_kernel = {
    "log_softmax",   1,       line_chunks,  softmax_run<true>, nullptr,
    softmax_scratch, nullptr, softmax_check};

}  // namespace automodel::AM_ISA
