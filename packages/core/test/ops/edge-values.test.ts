// Values at the edges of each op's meaning, as PyTorch defines them: NaN, infinities, ties,
// rounding, integer limits, empty tensors. PyTorch's answers are written out.
import {
  argmax,
  argsort,
  atan2,
  cast,
  cat,
  clamp,
  constant,
  cumsum,
  einsum,
  erf,
  floordiv,
  gather,
  gradients,
  index,
  indexAdd,
  indexPut,
  logsumexp,
  maskedScatter,
  max,
  maximum,
  min,
  mul,
  not,
  pow,
  prod,
  remainder,
  round,
  runReference,
  sigmoid,
  sign,
  sliceScatter,
  softmax,
  softplus,
  sum,
  topk,
  Trace,
  tril,
  where,
  zeros,
  type DType,
  type Tensor,
} from '@automodel/core';
import { expect, test } from 'vitest';

/** Elements of what `body` computes; integers as bigint. */
function evaluate(body: () => Tensor, mode: 'exact' | 'typed' = 'typed'): (number | bigint)[] {
  const trace = new Trace('edge');
  trace.run(() => trace.output('y', body()));
  return Array.from(
    runReference(trace.finish(), new Map(), mode).outputs.get('y')!.data as Iterable<
      number | bigint
    >,
  );
}

const list = (
  values: (number | bigint | boolean)[],
  dtype: DType = 'f32',
  shape = [values.length],
): Tensor => constant(values, shape, dtype);

test('NaN wins in maximum, max and min, and ends sorted lists', () => {
  expect(evaluate(() => maximum(list([NaN, 1]), list([1, NaN])))).toEqual([NaN, NaN]);
  expect(evaluate(() => max(list([1, NaN, 3])))).toEqual([NaN]);
  expect(evaluate(() => min(list([1, NaN, 3])))).toEqual([NaN]);
  expect(evaluate(() => argmax(list([1, NaN, 3, NaN])))).toEqual([1n]);
  expect(evaluate(() => argsort(list([2, NaN, 1])))).toEqual([2n, 0n, 1n]);
  expect(evaluate(() => argsort(list([2, NaN, 1]), 0, true))).toEqual([1n, 0n, 2n]);
  expect(evaluate(() => clamp(list([NaN, 5]), 0, 1))).toEqual([NaN, 1]);
});

test('ties: the lowest position first, gradients shared', () => {
  expect(evaluate(() => topk(list([1, 3, 3, 2]), 2).indices)).toEqual([1n, 2n]);
  expect(evaluate(() => argmax(list([3, 1, 3])))).toEqual([0n]);
  const gradientOf = (f: (x: Tensor) => Tensor, values: number[]): (number | bigint)[] =>
    evaluate(() => {
      const x = list(values);
      return gradients(sum(f(x)), [x])[0]!;
    });
  expect(gradientOf((x) => max(x), [1, 3, 3, 3])).toEqual(
    [0, 1 / 3, 1 / 3, 1 / 3].map(Math.fround),
  );
  expect(gradientOf((x) => maximum(x, list([1, 2])), [1, 3])).toEqual([0.5, 1]);
  expect(gradientOf((x) => maximum(x, list([NaN, 1])), [1, NaN])).toEqual([1, 1]);
  expect(gradientOf((x) => cumsum(sum(x), 0), [1, 2])).toEqual([1, 1]);
  expect(gradientOf((x) => prod(x), [2, 0, 3])).toEqual([0, 6, 0]);
  expect(gradientOf((x) => prod(x), [0, 0, 3])).toEqual([0, 0, 0]);
  expect(gradientOf((x) => pow(x, 2), [0, -3])).toEqual([0, -6]);
});

test('the same tensor as two operands gets both adjoints', () => {
  expect(
    evaluate(() => {
      const x = list([2, -3]);
      return gradients(sum(mul(x, x)), [x])[0]!;
    }),
  ).toEqual([4, -6]);
});

test('division and remainder round toward minus infinity', () => {
  expect(
    evaluate(() => remainder(list([-7n, 7n, -7n], 'i64'), list([3n, -3n, -3n], 'i64'))),
  ).toEqual([2n, -2n, -1n]);
  expect(
    evaluate(() => floordiv(list([-7n, 7n, -7n], 'i64'), list([3n, -3n, -3n], 'i64'))),
  ).toEqual([-3n, -3n, 2n]);
  expect(evaluate(() => remainder(list([-7.5, 7.5]), 2))).toEqual([0.5, 1.5]);
  expect(
    evaluate(() => floordiv(list([-7.5, 7.5, 1, -1]), list([2, 2, -Infinity, -Infinity]))),
  ).toEqual([-4, 3, -1, 0]);
  expect(() => evaluate(() => floordiv(list([1n], 'i64'), 0n))).toThrow(
    'floordiv: integer division by zero',
  );
});

test('rounding and conversion', () => {
  expect(evaluate(() => round(list([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5])))).toEqual(
    [-2, -2, 0, 0, 2, 2].map((v, i) => (i === 2 ? -0 : v)),
  );
  expect(evaluate(() => cast(list([-1.9, 1.9, 3e9]), 'i64'))).toEqual([-1n, 1n, 3000000000n]);
  expect(evaluate(() => cast(list([0, -0, NaN, 0.1]), 'bool'))).toEqual([0, 0, 1, 1]);
  expect(evaluate(() => cast(list([2n ** 53n + 1n], 'i64'), 'i32'))).toEqual([1]);
  expect(evaluate(() => sign(list([-0, NaN, -2])))).toEqual([-0, 0, -1]);
  expect(evaluate(() => clamp(list([true, false], 'bool'), 0, 1))).toEqual([1n, 0n]);
});

test('64-bit integers are exact and wrap', () => {
  expect(evaluate(() => list([2n ** 62n], 'i64').add(list([2n ** 62n], 'i64')))).toEqual([
    -(2n ** 63n),
  ]);
  expect(evaluate(() => mul(list([2 ** 30], 'i32'), list([4n], 'i32')))).toEqual([0]);
  expect(evaluate(() => not(list([0n, -1n], 'i64')))).toEqual([-1n, 0n]);
  expect(evaluate(() => cumsum(list([true, true, false, true], 'bool'), 0))).toEqual([
    1n,
    2n,
    2n,
    3n,
  ]);
});

test('functions far out', () => {
  expect(evaluate(() => sigmoid(list([-1000, 1000])))).toEqual([0, 1]);
  expect(evaluate(() => softplus(list([-1000, 30])))).toEqual([0, 30]);
  expect(evaluate(() => erf(list([-9, 0, 9])))).toEqual([-1, 0, 1]);
  expect(evaluate(() => logsumexp(list([-Infinity, -Infinity])))).toEqual([-Infinity]);
  expect(evaluate(() => softmax(list([-Infinity, -Infinity]), 0))).toEqual([NaN, NaN]);
  expect(evaluate(() => softmax(list([1e38, -1e38]), 0))).toEqual([1, 0]);
  expect(evaluate(() => pow(list([0, -2, 1, -1, 2]), list([0, 3, NaN, -Infinity, NaN])))).toEqual([
    1,
    -8,
    1,
    1,
    NaN,
  ]);
  expect(evaluate(() => atan2(list([0, -0]), list([-1, -1])))).toEqual(
    [Math.PI, -Math.PI].map(Math.fround),
  );
});

test('choosing and masking keep what was not chosen out', () => {
  expect(
    evaluate(() => where(list([true, false], 'bool'), list([1, 2]), list([NaN, NaN]))),
  ).toEqual([1, NaN]);
  expect(evaluate(() => tril(list([NaN, NaN, NaN, NaN], 'f32', [2, 2])))).toEqual([
    NaN,
    0,
    NaN,
    NaN,
  ]);
});

test('empty tensors have sums and products, but no maximum', () => {
  expect(evaluate(() => sum(zeros([0, 2], 'f32'), [0]))).toEqual([0, 0]);
  expect(evaluate(() => prod(zeros([0], 'i64')))).toEqual([1n]);
  expect(() => evaluate(() => max(zeros([0], 'f32')))).toThrow('max: no elements to reduce');
  expect(() => evaluate(() => argmax(zeros([2, 0], 'f32'), 1))).toThrow(
    'argmax: no elements along dimension 1 of [2,0]',
  );
});

test('what is stored takes the dtype of where it goes, and broadcasts', () => {
  expect(
    evaluate(() => sliceScatter(list([1.5, 2.5, 3.5]), list([7n], 'i64'), [0], [3], [2])),
  ).toEqual([7, 2.5, 7]);
  expect(
    evaluate(() => indexPut(list([1n, 2n], 'i64'), list([7.9]), [0], [list([1n], 'i64')])),
  ).toEqual([1n, 7n]);
  expect(evaluate(() => indexAdd(list([1, 2]), 0, list([1n], 'i64', []), list([5])))).toEqual([
    1, 7,
  ]);
  expect(
    evaluate(() =>
      maskedScatter(list([1, 2]), list([true, false, false, true], 'bool', [2, 2]), list([8, 9])),
    ),
  ).toEqual([8, 2, 1, 9]);
  expect(
    evaluate(() => cat([list([]), list([1, 2], 'f32', [1, 2]), list([3, 4], 'f32', [1, 2])], 0)),
  ).toEqual([1, 2, 3, 4]);
  expect(evaluate(() => topk(list([5], 'f32', []), 1, 0).indices)).toEqual([0n]);
});

test('einsum spells out an ellipsis and takes diagonals', () => {
  const x = (): Tensor => list([1, 2, 3, 4], 'f32', [2, 2]);
  expect(evaluate(() => einsum('...ij->...ji', [x()]))).toEqual([1, 3, 2, 4]);
  expect(evaluate(() => einsum('...d,d', [x(), list([1, 10])]))).toEqual([21, 43]);
  expect(evaluate(() => einsum('...,...->...', [x(), list([1, 10])]))).toEqual([1, 20, 3, 40]);
  expect(evaluate(() => einsum('ii->', [x()]))).toEqual([5]);
  expect(() => evaluate(() => einsum('ii->i', [list([1, 2], 'f32', [1, 2])]))).toThrow(
    'einsum: "ii->i" does not fit [1,2]',
  );
  expect(() => evaluate(() => einsum('ij->iij', [x()]))).toThrow('repeated or unknown');
});

test('indices outside a dimension are refused with the index', () => {
  expect(() => evaluate(() => gather(list([1, 2]), 0, list([2n], 'i64')))).toThrow(
    'gather: index 2 is outside a dimension of size 2',
  );
  expect(() => evaluate(() => index(list([1, 2]), [0], [list([-3n], 'i64')]))).toThrow(
    'index: index -3 is outside dimension 0 of [2]',
  );
  expect(evaluate(() => index(list([1, 2]), [0], [list([-1n], 'i64')]))).toEqual([2]);
});
