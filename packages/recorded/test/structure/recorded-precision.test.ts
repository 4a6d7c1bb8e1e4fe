// What recorded models compute in f32 whatever the precision: positions, masks and scores, the
// choice of experts.
import { describe, expect, it } from 'vitest';
import {
  add,
  cast,
  castPolicy,
  full,
  gather,
  ge,
  linear,
  matmul,
  mul,
  scaledDotProductAttention,
  softmax,
  sub,
  topkIndices,
  trace,
  verifyGraph,
  where,
} from '@automodel/core';

describe('the cast policy', () => {
  it('keeps positions, masks and what they are added to in f32', () => {
    const graph = castPolicy(
      trace('program', (t) => {
        const positions = cast(t.input('batch', 'positions', [4, 1], 'i32'), 'f32');
        // a product over data: no activation
        const angles = matmul(positions, full([1, 4], 0.3, 'f32'));
        const x = matmul(
          t.input('batch', 'x', [4, 8], 'f32'),
          t.input('parameter', 'w', [8, 4], 'f32'),
        );
        const scores = where(ge(angles, 1), x, -3.4028234663852886e38);
        t.output('y', add(scores, sub(angles, 1)));
      }),
      'bf16',
    );
    verifyGraph(graph);
    expect(graph.nodes.filter((n) => n.outputs[0].dtype === 'bf16').map((n) => n.op.name)).toEqual([
      'cast',
      'matmul',
    ]); // x alone
  });

  it('takes a mask tensor of attention as it is', () => {
    const graph = castPolicy(
      trace('program', (t) => {
        const q = linear(
          t.input('batch', 'x', [1, 2, 3, 4], 'f32'),
          t.input('parameter', 'w', [4, 4], 'f32'),
        );
        const mask = mul(
          cast(t.input('batch', 'mask', [3, 3], 'i32'), 'f32'),
          -3.4028234663852886e38,
        );
        t.output('y', scaledDotProductAttention(q, q, q, { mask }));
      }),
      'bf16',
    );
    const added = graph.nodes.find((n) => n.op.name === 'add')!;
    expect([added.outputs[0].dtype, ...added.inputs.map((v) => v!.dtype)]).toEqual([
      'f32',
      'f32',
      'f32',
    ]);
    const weights = graph.nodes.findIndex((n) => n.op.name === 'softmax');
    expect(graph.nodes.slice(weights).map((n) => `${n.op.name} ${n.outputs[0].dtype}`)).toEqual([
      'softmax f32',
      'cast bf16',
      'matmul bf16',
      'cast f32',
    ]);
  });

  it('chooses experts in f32', () => {
    const graph = castPolicy(
      trace('program', (t) => {
        const x = linear(
          t.input('batch', 'x', [4, 8], 'f32'),
          t.input('parameter', 'w', [8, 8], 'f32'),
        );
        const probabilities = softmax(linear(x, t.input('parameter', 'router', [6, 8], 'f32')), 1);
        const best = topkIndices(probabilities, 2, 1);
        t.output(
          'y',
          mul(linear(x, t.input('parameter', 'v', [2, 8], 'f32')), gather(probabilities, 1, best)),
        );
      }),
      'bf16',
    );
    expect(
      graph.nodes
        .filter((n) => n.op.name === 'linear')
        .map((n) => [n.outputs[0].dtype, n.attrs['compute']]),
    ).toEqual([
      ['bf16', 'bf16'],
      ['f32', 'f32'],
      ['bf16', 'bf16'],
    ]);
  });
});
