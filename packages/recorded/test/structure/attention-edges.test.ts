// Recorded attention at its edges: what stays as it is and why, sinks, values of another width,
// heads joined from parts.
import { describe, expect, it } from 'vitest';
import {
  add,
  and,
  argmax,
  cat,
  constant,
  expand,
  full,
  gather,
  index,
  linear,
  matmul,
  max,
  mul,
  narrow,
  neg,
  reshape,
  sliceScatter,
  softmax,
  sub,
  where,
  type Tensor,
  type Trace,
} from '@automodel/core';
import { expectSameNumbers } from './fused.js';
import {
  B,
  D,
  H,
  MASK,
  MIN,
  S,
  additive,
  attentions,
  causal,
  groups,
  k,
  keys,
  merged,
  narrowed,
  op,
  q,
  run,
  scores,
  sinks,
  split,
  turned,
  v,
  wide,
  x,
} from './attention-parts.js';

describe('fuse-attention', () => {
  it.each([
    ['repeated by expand', (t) => [narrowed(t, groups), narrowed(t, groups)]],
    [
      'repeated by indices',
      (t) => {
        const twice = (y: Tensor): Tensor => index(y, [1], [constant([0, 0, 1, 1], [4], 'i64', t)]);
        return [narrowed(t, twice), narrowed(t, twice)];
      },
    ],
  ] satisfies [string, (t: Trace) => [Tensor, Tensor]][])(
    'reads key heads once: %s',
    (_, build) => {
      const result = run((t) => {
        const [keyHeads, valueHeads] = build(t);
        return merged(
          t,
          matmul(softmax(where(causal(t), matmul(q(t), turned(keyHeads)), MIN), -1), valueHeads),
        );
      });
      expect(result.graph.nodes.find((n) => n.op.name === 'attention')!.inputs[1]!.shape).toEqual([
        B * S,
        2,
        D,
      ]);
      expectSameNumbers(result, { attention_mask: MASK });
    },
  );

  it('takes sinks', () => {
    const result = run((t) => {
      const s = add(scores(t), additive(t, and(causal(t), keys(t))));
      const all = cat([s, expand(reshape(sinks(t), [1, H, 1, 1]), [B, H, S, 1])], 3);
      return merged(t, matmul(narrow(softmax(all, 3), 3, 0, S), v(t)));
    });
    expect(attentions(result)).toContain(op());
    expectSameNumbers(result, { attention_mask: MASK });
  });

  it('takes values of another width', () => {
    const result = run((t) =>
      merged(
        t,
        matmul(softmax(where(causal(t), scores(t), MIN), -1), split(linear(x(t), wide(t)), H, 2)),
      ),
    );
    expect(attentions(result)).toContain(op());
    expectSameNumbers(result, { attention_mask: MASK });
  });

  it.each([
    ['one column', (s: Tensor): Tensor => max(narrow(s, 3, 0, 1), [3], true)],
    ['other scores', (s: Tensor): Tensor => max(mul(s, 2), [3], true)],
    [
      'the place of the largest of other scores',
      (s: Tensor): Tensor => gather(s, 3, argmax(neg(s), 3, true)),
    ],
  ])('leaves rows freed of the largest of %s', (_, shift) => {
    // Where column 0 is masked, next to its score the others of the row are lost.
    const result = run((t) => {
      const s = where(causal(t), scores(t), MIN);
      return merged(t, matmul(softmax(sub(s, shift(s)), -1), v(t)));
    });
    expect(attentions(result)).toContain('softmax{dim: 3}');
  });

  it('joins parts of heads where attention reads them', () => {
    const part = (y: Tensor, from: number): Tensor => narrow(y, 3, from, 2);
    const result = run((t) => {
      const shared = expand(reshape(narrow(linear(x(t), wide(t)), 2, 0, 2), [B, 1, S, 2]), [
        B,
        H,
        S,
        2,
      ]);
      const queries = cat([part(q(t), 0), mul(part(q(t), 2), 2)], 3);
      const keysJoined = sliceScatter(
        sliceScatter(full([B, H, S, D], 0, 'f32', t), part(k(t), 0), [0, 0, 0, 0], [B, H, S, 2]),
        shared,
        [0, 0, 0, 2],
        [B, H, S, 4],
      );
      return merged(
        t,
        matmul(
          softmax(where(causal(t), matmul(queries, turned(keysJoined)), MIN), -1),
          part(v(t), 1),
        ),
      );
    });
    const node = result.graph.nodes.find((n) => n.op.name === 'attention')!;
    expect(
      node.inputs
        .slice(0, 2)
        .map((operand) => [operand!.node!.op.name, operand!.node!.inputs[0]!.node!.op.name]),
    ).toEqual([
      ['reshape', 'cat'],
      ['reshape', 'slice_scatter'],
    ]);
    expectSameNumbers(result, { attention_mask: MASK });
  });
});
