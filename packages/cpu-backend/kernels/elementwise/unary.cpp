// Elementwise functions of one operand: neg abs exp exp2 log log2 log1p expm1 sqrt rsqrt sin cos
// tan tanh sigmoid erf reciprocal sign floor ceil round trunc relu silu isnan isinf isfinite not.
// in: x (any strides). out: y of the same shape; dtype of x, or bool for isnan, isinf and isfinite.
// ints, floats: none. Floats and f64; whole numbers where that has a meaning.
// round goes to even, relu keeps NaN, sign makes it 0, `not` is logical on bool. sin, cos and tan
// are libm's: exact for large arguments.

AM_INLINE Vec truth(Mask m) { return select(m, splat(1.0f), zero()); }
AM_INLINE Vec infinity() { return splat(__builtin_inff()); }

#define AM_UNARY_FLOAT(Name, vector, scalar)         \
  struct Name {                                      \
    AM_INLINE Vec of(Vec x) { return vector; }       \
    AM_INLINE double of(double x) { return scalar; } \
  };
#define AM_UNARY(Name, vector, scalar, whole)                  \
  struct Name {                                                \
    AM_INLINE Vec of(Vec x) { return vector; }                 \
    AM_INLINE double of(double x) { return scalar; }           \
    AM_INLINE int64_t of(int64_t x) { return (void)x, whole; } \
  };

AM_UNARY(Neg, neg(x), -x, (int64_t)(0 - (uint64_t)x))
AM_UNARY(Abs, abs(x), ::fabs(x), x < 0 ? (int64_t)(0 - (uint64_t)x) : x)
AM_UNARY(Sign, truth(less(zero(), x)) - truth(less(x, zero())), (double)((x > 0) - (x < 0)),
         (x > 0) - (x < 0))
AM_UNARY(Floor, floor(x), ::floor(x), x)
AM_UNARY(Ceil, neg(floor(neg(x))), ::ceil(x), x)
AM_UNARY(Round, round_even(x), ::rint(x), x)
AM_UNARY(Trunc, select(less(x, zero()), neg(floor(neg(x))), floor(x)), ::trunc(x), x)
AM_UNARY(Relu, relu(x), x <= 0 ? 0.0 : x, x > 0 ? x : 0)
AM_UNARY(IsNan, truth(is_nan(x)), x != x, 0)
AM_UNARY(IsInf, truth(equal(abs(x), infinity())), ::fabs(x) == __builtin_inf(), 0)
AM_UNARY(IsFinite, truth(less(abs(x), infinity())), ::fabs(x) < __builtin_inf(), 1)
AM_UNARY_FLOAT(Exp, exp(x), ::exp(x))
AM_UNARY_FLOAT(Log, log(x), ::log(x))
AM_UNARY_FLOAT(Sqrt, sqrt(x), ::sqrt(x))
AM_UNARY_FLOAT(Rsqrt, splat(1.0f) / sqrt(x), 1.0 / ::sqrt(x))
AM_UNARY_FLOAT(Tanh, tanh(x), ::tanh(x))
AM_UNARY_FLOAT(Sigmoid, sigmoid(x), 1.0 / (1.0 + ::exp(-x)))
AM_UNARY_FLOAT(Erf, erf(x), ::erf(x))
AM_UNARY_FLOAT(Reciprocal, splat(1.0f) / x, 1.0 / x)
AM_UNARY_FLOAT(Silu, activate<SILU>(x), silu(x))
AM_UNARY_FLOAT(Exp2, by_lane(x, ::exp2f), ::exp2(x))
AM_UNARY_FLOAT(Log2, by_lane(x, ::log2f), ::log2(x))
AM_UNARY_FLOAT(Log1p, log1p(x), ::log1p(x))
AM_UNARY_FLOAT(Expm1, by_lane(x, ::expm1f), ::expm1(x))
AM_UNARY_FLOAT(Sin, by_lane(x, ::sinf), ::sin(x))
AM_UNARY_FLOAT(Cos, by_lane(x, ::cosf), ::cos(x))
AM_UNARY_FLOAT(Tan, by_lane(x, ::tanf), ::tan(x))

#define AM_UNARY_FLOAT_KERNEL(Name, name)                                                 \
  static constexpr Elementwise name##_functions = {1, 1, unary_floats<Name>,              \
                                                   unary_scalars<Name, double>, nullptr}; \
  constexpr Kernel name##_kernel = ElementwiseKernel<name##_functions>::named(#name);
#define AM_UNARY_KERNEL(Name, name)                                                         \
  static constexpr Elementwise name##_functions = {                                         \
      1, 1, unary_floats<Name>, unary_scalars<Name, double>, unary_scalars<Name, int64_t>}; \
  constexpr Kernel name##_kernel = ElementwiseKernel<name##_functions>::named(#name);

AM_UNARY_KERNEL(Neg, neg)
AM_UNARY_KERNEL(Abs, abs)
AM_UNARY_KERNEL(Sign, sign)
AM_UNARY_KERNEL(Floor, floor)
AM_UNARY_KERNEL(Ceil, ceil)
AM_UNARY_KERNEL(Round, round)
AM_UNARY_KERNEL(Trunc, trunc)
AM_UNARY_KERNEL(Relu, relu)
AM_UNARY_KERNEL(IsNan, isnan)
AM_UNARY_KERNEL(IsInf, isinf)
AM_UNARY_KERNEL(IsFinite, isfinite)
AM_UNARY_FLOAT_KERNEL(Exp, exp)
AM_UNARY_FLOAT_KERNEL(Log, log)
AM_UNARY_FLOAT_KERNEL(Sqrt, sqrt)
AM_UNARY_FLOAT_KERNEL(Rsqrt, rsqrt)
AM_UNARY_FLOAT_KERNEL(Tanh, tanh)
AM_UNARY_FLOAT_KERNEL(Sigmoid, sigmoid)
AM_UNARY_FLOAT_KERNEL(Erf, erf)
AM_UNARY_FLOAT_KERNEL(Reciprocal, reciprocal)
AM_UNARY_FLOAT_KERNEL(Silu, silu)
AM_UNARY_FLOAT_KERNEL(Exp2, exp2)
AM_UNARY_FLOAT_KERNEL(Log2, log2)
AM_UNARY_FLOAT_KERNEL(Log1p, log1p)
AM_UNARY_FLOAT_KERNEL(Expm1, expm1)
AM_UNARY_FLOAT_KERNEL(Sin, sin)
AM_UNARY_FLOAT_KERNEL(Cos, cos)
AM_UNARY_FLOAT_KERNEL(Tan, tan)

static void not_wholes(int64_t *const *y, const int64_t *const *x, int n, const Attributes &a) {
  if (a.dtype == BOOL)
    for (int i = 0; i < n; i++) y[0][i] = x[0][i] == 0;
  else
    for (int i = 0; i < n; i++) y[0][i] = ~x[0][i];
}
static constexpr Elementwise not_functions = {1, 1, nullptr, nullptr, not_wholes};
constexpr Kernel not_kernel = ElementwiseKernel<not_functions>::named("not");
