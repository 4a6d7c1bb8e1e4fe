// Methods of Tensor by PyTorch's names: x.add(y) is add(x, y). The table is the one list; types and methods both come from it, and tensor.ts merges the types into the class.
import { Tensor } from '../tensor/tensor.js';
import {
  abs, add, all, and, any, argmax, argmin, argsort, atan2, cast, ceil, clamp, cos, cumsum, div, eq, erf, exp, exp2, expand, expm1, flatten, flip, floor, floordiv, gather, ge, gelu, gt, index, indexAdd,
  indexCopy, indexPut, isfinite, isinf, isnan, le, log, log1p, log2, logSoftmax, logsumexp, lt, maskedFill, maskedScatter, matmul, max, maximum, mean, min, minimum, mul, narrow, ne, neg, not, or, pad,
  permute, pow, prod, reciprocal, relu, remainder, reshape, round, rsqrt, scatter, scatterAdd, sigmoid, sign, silu, sin, slice, sliceScatter, softmax, softplus, sqrt, squeeze, sub, sum, tan, tanh, topk,
  transpose, tril, triu, trunc, unsqueeze, xor,
} from './index.js';

const METHODS = {
  abs, add, all, and, any, argmax, argmin, argsort, atan2, ceil, clamp, cos, cumsum, div, eq, erf, exp, exp2, expand, expm1, flatten, flip, floor, floordiv, gather, ge, gelu, gt, index, indexAdd,
  indexCopy, indexPut, isfinite, isinf, isnan, le, log, log1p, log2, logSoftmax, logsumexp, lt, maskedFill, maskedScatter, matmul, max, maximum, mean, min, minimum, mul, narrow, ne, neg, not, or, pad,
  permute, pow, prod, reciprocal, relu, remainder, reshape, round, rsqrt, scatter, scatterAdd, sigmoid, sign, silu, sin, slice, sliceScatter, softmax, softplus, sqrt, squeeze, sub, sum, tan, tanh, topk,
  transpose, tril, triu, trunc, unsqueeze, xor,
  /** The same elements in another dtype. */
  to: cast,
};

/** A function of a tensor as its method. */
type Method<F> = F extends (x: Tensor, ...rest: infer R) => infer T ? (...rest: R) => T : never;

export type TensorMethods = { readonly [K in keyof typeof METHODS]: Method<(typeof METHODS)[K]> };

for (const [name, op] of Object.entries(METHODS) as [string, (x: Tensor, ...rest: unknown[]) => unknown][])
  Object.defineProperty(Tensor.prototype, name, {
    configurable: true,
    writable: true,
    value(this: Tensor, ...rest: unknown[]): unknown {
      return op(this, ...rest);
    },
  });
