// Recorded operations that map to a function of the same name: elementwise functions, comparisons
// and reductions.
import type { Tensor } from '../../tensor/tensor.js';
import type { Operand } from '../operand.js';
import { and } from '../compare/and.js';
import { eq } from '../compare/eq.js';
import { ge } from '../compare/ge.js';
import { gt } from '../compare/gt.js';
import { le } from '../compare/le.js';
import { lt } from '../compare/lt.js';
import { ne } from '../compare/ne.js';
import { not } from '../compare/not.js';
import { or } from '../compare/or.js';
import { xor } from '../compare/xor.js';
import { abs } from '../elementwise/abs.js';
import { add } from '../elementwise/add.js';
import { atan2 } from '../elementwise/atan2.js';
import { ceil } from '../elementwise/ceil.js';
import { cos } from '../elementwise/cos.js';
import { div } from '../elementwise/div.js';
import { erf } from '../elementwise/erf.js';
import { exp } from '../elementwise/exp.js';
import { exp2 } from '../elementwise/exp2.js';
import { expm1 } from '../elementwise/expm1.js';
import { floor } from '../elementwise/floor.js';
import { floordiv } from '../elementwise/floordiv.js';
import { isfinite } from '../elementwise/isfinite.js';
import { isinf } from '../elementwise/isinf.js';
import { isnan } from '../elementwise/isnan.js';
import { log } from '../elementwise/log.js';
import { log1p } from '../elementwise/log1p.js';
import { log2 } from '../elementwise/log2.js';
import { maximum } from '../elementwise/maximum.js';
import { minimum } from '../elementwise/minimum.js';
import { mul } from '../elementwise/mul.js';
import { neg } from '../elementwise/neg.js';
import { pow } from '../elementwise/pow.js';
import { reciprocal } from '../elementwise/reciprocal.js';
import { relu } from '../elementwise/relu.js';
import { remainder } from '../elementwise/remainder.js';
import { round } from '../elementwise/round.js';
import { rsqrt } from '../elementwise/rsqrt.js';
import { sigmoid } from '../elementwise/sigmoid.js';
import { sign } from '../elementwise/sign.js';
import { silu } from '../elementwise/silu.js';
import { sin } from '../elementwise/sin.js';
import { sqrt } from '../elementwise/sqrt.js';
import { sub } from '../elementwise/sub.js';
import { tan } from '../elementwise/tan.js';
import { tanh } from '../elementwise/tanh.js';
import { trunc } from '../elementwise/trunc.js';
import { all } from '../reduce/all.js';
import { any } from '../reduce/any.js';
import { logsumexp } from '../reduce/logsumexp.js';
import { max } from '../reduce/max.js';
import { mean } from '../reduce/mean.js';
import { min } from '../reduce/min.js';
import { prod } from '../reduce/prod.js';
import { sum } from '../reduce/sum.js';

/** Functions of one tensor. */
export const RECORDED_UNARY: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  neg,
  abs,
  exp,
  exp2,
  log,
  log2,
  log1p,
  expm1,
  sqrt,
  rsqrt,
  sin,
  cos,
  tan,
  tanh,
  sigmoid,
  erf,
  reciprocal,
  sign,
  floor,
  ceil,
  round,
  trunc,
  relu,
  isnan,
  isinf,
  isfinite,
  silu,
  not,
};

/** Functions of two operands. */
export const RECORDED_BINARY: Readonly<Record<string, (a: Operand, b: Operand) => Tensor>> = {
  add,
  sub,
  mul,
  div,
  pow,
  maximum,
  minimum,
  remainder,
  atan2,
  floordiv,
  eq,
  ne,
  lt,
  le,
  gt,
  ge,
  and,
  or,
  xor,
};

/** Reductions over dimensions. */
export const RECORDED_REDUCTIONS: Readonly<
  Record<string, (x: Tensor, dims: readonly number[], keepdim: boolean) => Tensor>
> = {
  sum,
  mean,
  prod,
  any,
  all,
  max,
  min,
  logsumexp,
};
