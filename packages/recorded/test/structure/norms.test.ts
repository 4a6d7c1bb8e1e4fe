// Norms spelled in primitives become rms_norm and layer_norm, in any spelling; what only looks like
// one stays.
import { describe, expect, it } from 'vitest';
import {
  add,
  div,
  mean,
  mul,
  permute,
  pow,
  reciprocal,
  rsqrt,
  sqrt,
  sub,
  sum,
  type Tensor,
} from '@automodel/core';
import { expectSameNumbers, fused, inputs, operations } from './fused.js';

const { x, row } = inputs({ x: [2, 3, 4], row: [4] });
const square = (t: Tensor): Tensor => mean(pow(t, 2n), [-1], true);

describe('fuse-norms', () => {
  it('prints as one op', () => {
    const { before, after } = fused((t) => mul(row(t), mul(x(t), rsqrt(add(square(x(t)), 1e-5)))));
    expect(before).toMatchInlineSnapshot(`
      "graph test
        parameter row: f32[4]
        parameter x: f32[2,3,4]
        %2: f32[] = constant() {shape: [], dtype: "f32", data: [2]}
        %3: f32[2,3,4] = pow(x, %2)
        %4: f32[2,3,1] = mean(%3) {dims: [2], keepdim: true}
        %5: f32[] = constant() {shape: [], dtype: "f32", data: [0.00001]}
        %6: f32[2,3,1] = add(%4, %5)
        %7: f32[2,3,1] = rsqrt(%6)
        %8: f32[2,3,4] = mul(x, %7)
        %9: f32[2,3,4] = mul(row, %8)
        output result = %9"
    `);
    expect(after).toMatchInlineSnapshot(`
      "graph test
        parameter row: f32[4]
        parameter x: f32[2,3,4]
        %2: f32[2,3,4], %3: f32[6] = rms_norm(x, row) {eps: 0.00001, weight_offset: 0}
        output result = %2"
    `);
  });

  it.each([
    [
      'x*x, divided by the root',
      (t) => div(x(t), sqrt(add(1e-6, mean(mul(x(t), x(t)), [2], true)))),
      'rms_norm{eps: 0.000001, weight_offset: 0}',
    ],
    [
      'the reciprocal of the root',
      (t) => mul(reciprocal(sqrt(square(x(t)))), x(t)),
      'rms_norm{eps: 0, weight_offset: 0}',
    ],
    [
      'a sum times 1/D',
      (t) => mul(x(t), rsqrt(mul(sum(pow(x(t), 2n), [2], true), 0.25))),
      'rms_norm{eps: 0, weight_offset: 0}',
    ],
    [
      '1 + weight',
      (t) => mul(mul(x(t), pow(add(square(x(t)), 1), -0.5)), add(1, row(t))),
      'rms_norm{eps: 1, weight_offset: 1}',
    ],
    [
      'a permuted operand',
      (t) => {
        const moved = permute(x(t), [1, 0, 2]);
        return permute(mul(moved, rsqrt(square(moved))), [1, 0, 2]);
      },
      'rms_norm{eps: 0, weight_offset: 0}',
    ],
    [
      'differences from the mean, weight and bias',
      (t) => {
        const c = sub(x(t), mean(x(t), [2], true));
        return add(mul(mul(c, rsqrt(add(square(c), 1e-5))), row(t)), row(t));
      },
      'layer_norm{eps: 0.00001}',
    ],
  ] satisfies [string, Parameters<typeof fused>[0], string][])('takes %s', (_, build, op) => {
    const result = fused(build);
    expect(operations(result.graph)).toEqual([op]);
    expectSameNumbers(result);
  });

  it('keeps a gate apart', () => {
    const result = fused((t) => mul(mul(x(t), rsqrt(add(square(x(t)), 1e-5))), pow(x(t), 3)));
    expect(operations(result.graph)).toContain('rms_norm{eps: 0.00001, weight_offset: 0}');
    expectSameNumbers(result);
  });

  it('leaves an L2 norm alone and reports a norm of another value', () => {
    expect(
      operations(fused((t) => mul(x(t), rsqrt(add(sum(pow(x(t), 2n), [2], true), 1e-6)))).graph),
    ).toContain('rsqrt');
    const { report } = fused((t) => mul(row(t), rsqrt(square(x(t)))));
    expect(report.missed).toEqual([
      {
        pattern: 'fuse-norms',
        scope: '',
        reason:
          'the root of a mean of squares divides a different value than the one it was taken of',
      },
    ]);
  });
});
