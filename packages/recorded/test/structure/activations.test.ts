// Activations are recognised by their values, gates by their data flow.
import { describe, expect, it } from 'vitest';
import {
  add,
  clamp,
  div,
  erf,
  exp,
  linear,
  mul,
  neg,
  pow,
  relu,
  sigmoid,
  silu,
  sub,
  tanh,
  type Tensor,
  type Trace,
} from '@automodel/core';
import { expectSameNumbers, fused, inputs, operations } from './fused.js';

const { x, up, fusedWeight } = inputs({ x: [3, 4], up: [3, 4], fusedWeight: [10, 4] });
const newGelu = (v: Tensor): Tensor =>
  mul(mul(0.5, v), add(1, tanh(mul(Math.sqrt(2 / Math.PI), add(v, mul(0.044715, pow(v, 3)))))));
const half = (t: Trace, i: 0 | 1, step = false): Tensor => {
  const both = linear(x(t), fusedWeight(t));
  return step ? both.slice([0, i], [3, 10], [1, 2]) : both.slice([0, 5 * i], [3, 5 * i + 5]);
};

describe('fuse-activations', () => {
  it.each([
    ['gelu by tanh', (t) => newGelu(x(t)), 'gelu{approximate: "tanh"}'],
    [
      'gelu by tanh, factored',
      (t) =>
        mul(
          mul(x(t), 0.5),
          add(tanh(mul(mul(x(t), 0.7978845608), add(1, mul(mul(x(t), 0.044715), x(t))))), 1),
        ),
      'gelu{approximate: "tanh"}',
    ],
    [
      'gelu by erf',
      (t) => mul(mul(x(t), 0.5), add(1, erf(div(x(t), Math.SQRT2)))),
      'gelu{approximate: "none"}',
    ],
    ['silu by sigmoid', (t) => mul(sigmoid(x(t)), x(t)), 'silu'],
    ['silu by exp', (t) => div(x(t), add(1, exp(neg(x(t))))), 'silu'],
  ] satisfies [string, Parameters<typeof fused>[0], string][])('takes %s', (_, build, op) => {
    const result = fused(build);
    expect(operations(result.graph)).toEqual([op]);
    expectSameNumbers(result);
  });

  it('leaves other functions alone', () => {
    expect(operations(fused((t) => mul(x(t), tanh(x(t)))).graph)).toEqual(['tanh', 'mul']);
  });
});

describe('fuse-gates', () => {
  it('prints as one op', () => {
    expect(fused((t) => mul(silu(x(t)), up(t))).after).toMatchInlineSnapshot(`
      "graph test
        parameter x: f32[3,4]
        parameter up: f32[3,4]
        %2: f32[3,4] = gated_activation(x, up) {activation: "silu"}
        output result = %2"
    `);
  });

  it.each([
    [
      'gelu from primitives',
      (t) => mul(up(t), newGelu(x(t))),
      ['gated_activation{activation: "gelu_tanh"}'],
    ],
    [
      'the square of relu',
      (t) => mul(pow(relu(x(t)), 2n), up(t)),
      ['gated_activation{activation: "relu2"}'],
    ],
    [
      'halves of one product',
      (t) => mul(silu(half(t, 0)), half(t, 1)),
      ['linear{compute: "f32"}', 'gated_activation{activation: "silu"}'],
    ],
    [
      'alternating columns, clamped',
      (t) => {
        const g = clamp(half(t, 0, true), null, 0.2);
        return mul(add(clamp(half(t, 1, true), -0.1, 0.1), 1), mul(g, sigmoid(mul(g, 1.702))));
      },
      [
        'linear{compute: "f32"}',
        'clamp{max: 0.2}',
        'clamp{min: -0.1, max: 0.1}',
        'add',
        'gated_activation{activation: "quick_gelu"}',
      ],
    ],
    ['a sigmoid', (t) => mul(up(t), sigmoid(x(t))), ['gated_activation{activation: "sigmoid"}']],
  ] satisfies [string, Parameters<typeof fused>[0], string[]][])('takes %s', (_, build, ops) => {
    const result = fused(build);
    expect(operations(result.graph)).toEqual(ops);
    expectSameNumbers(result);
  });

  it('leaves an activation that others read, and says so', () => {
    const { graph, report } = fused((t) => {
      const a = silu(x(t));
      return sub(mul(a, up(t)), a);
    });
    expect(operations(graph)).toEqual(['silu', 'mul', 'sub']);
    expect(report.missed).toEqual([
      { pattern: 'fuse-gates', scope: '', reason: 'something else reads the silu of the gate' },
    ]);
  });
});
