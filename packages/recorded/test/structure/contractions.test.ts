// Sums of products over common dimensions are products of matrices; sums that gain nothing by it
// stay.
import { describe, expect, it } from 'vitest';
import { mul, permute, reshape, sum, type Tensor, type Trace } from '@automodel/core';
import { expectSameNumbers, fused, inputs, operations } from './fused.js';

const { a, b } = inputs({ a: [2, 3, 5], b: [2, 4, 5] });
const across = (v: Tensor, shape: number[]): Tensor => reshape(v, shape);

describe('fuse-contractions', () => {
  it('prints as one product', () => {
    expect(
      fused((t) => sum(mul(across(a(t), [2, 3, 1, 5]), across(b(t), [2, 1, 4, 5])), [3])).after,
    ).toMatchInlineSnapshot(`
      "graph test
        parameter a: f32[2,3,5]
        parameter b: f32[2,4,5]
        %4: f32[2,5,4] = permute(b) {dims: [0,2,1]}
        %5: f32[2,3,4] = matmul(a, %4) {compute: "f32"}
        output result = %5"
    `);
  });

  it.each([
    [
      'one dimension in the middle',
      (t) =>
        sum(
          mul(
            across(permute(a(t), [0, 2, 1]), [2, 5, 3, 1]),
            across(permute(b(t), [0, 2, 1]), [2, 5, 1, 4]),
          ),
          [1],
        ),
    ],
    [
      'two dimensions, kept',
      (t) => sum(mul(across(a(t), [2, 3, 1, 5]), across(b(t), [2, 1, 4, 5])), [0, 3], true),
    ],
    [
      'the first operand later',
      (t) => sum(mul(across(b(t), [2, 1, 4, 5]), across(a(t), [2, 3, 1, 5])), [-1]),
    ],
    [
      'several dimensions of one operand',
      (t) => sum(mul(across(a(t), [2, 3, 5, 1, 1]), reshape(b(t), [1, 1, 5, 2, 4])), [2]),
    ],
  ] satisfies [string, (t: Trace) => Tensor][])('takes %s', (_, build) => {
    const result = fused(build);
    expect(operations(result.graph)).toEqual(['matmul{compute: "f32"}']);
    expectSameNumbers(result);
  });

  it.each([
    ['rows of products', (t) => sum(mul(a(t), a(t)), [2])],
    ['a factor for each row', (t) => sum(mul(a(t), across(sum(b(t), [1, 2]), [2, 1, 1])), [2])],
    [
      'a product that others read',
      (t) => {
        const p = mul(across(a(t), [2, 3, 1, 5]), across(b(t), [2, 1, 4, 5]));
        return mul(p, sum(p, [3], true));
      },
    ],
  ] satisfies [string, (t: Trace) => Tensor][])('leaves %s', (_, build) => {
    expect(operations(fused(build).graph)).not.toContain('matmul{compute: "f32"}');
  });
});
