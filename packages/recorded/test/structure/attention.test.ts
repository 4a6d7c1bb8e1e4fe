// Recorded attention in its many spellings becomes attention over segments; masks are recognised by
// what they keep.
import { describe, expect, it } from 'vitest';
import {
  add,
  and,
  argmax,
  cast,
  div,
  full,
  gather,
  ge,
  linear,
  matmul,
  maximum,
  mean,
  mul,
  permute,
  reshape,
  rsqrt,
  scaledDotProductAttention,
  sub,
  tanh,
  tril,
  where,
  type Tensor,
  type Trace,
} from '@automodel/core';
import { expectSameNumbers, operations } from './fused.js';
import {
  B,
  D,
  H,
  MASK,
  MIN,
  S,
  additive,
  attended,
  attentions,
  causal,
  k,
  keys,
  merged,
  op,
  q,
  run,
  scores,
  split,
  turned,
  v,
  wide,
  windowed,
  wq,
  x,
} from './attention-parts.js';

describe('fuse-attention', () => {
  it('prints as one op over segments', () => {
    expect(run((t) => attended(t, add(scores(t), additive(t, and(causal(t), keys(t)))))).after)
      .toMatchInlineSnapshot(`
      "graph test
        parameter x: f32[2,6,16]
        parameter wq: f32[16,16]
        parameter wk: f32[16,16]
        parameter wv: f32[16,16]
        batch attention_mask: i32[12]
        %5: f32[2,6,16] = linear(x, wq, -) {compute: "f32"}
        %7: f32[2,6,16] = linear(x, wk, -) {compute: "f32"}
        %10: i32[2,6] = reshape(attention_mask) {shape: [2,6]}
        %11: bool[2,6] = cast(%10) {to: "bool"}
        %12: f32[2,6,16] = linear(x, wv, -) {compute: "f32"}
        %14: i64[2,1] = sum(%10) {dims: [1], keepdim: true}
        %15: i32[2,1] = cast(%14) {to: "i32"}
        %16: i32[1,4] = constant() {shape: [1,4], dtype: "i32", data: [0,1,0,1]}
        %17: i32[2,4] = mul(%15, %16)
        %18: i32[2,4] = constant() {shape: [2,4], dtype: "i32", data: [0,0,0,0,6,0,6,0]}
        %19: i32[2,4] = add(%17, %18)
        %20: f32[12,4,4] = reshape(%5) {shape: [12,4,4]}
        %22: f32[12,4,4] = reshape(%7) {shape: [12,4,4]}
        %23: f32[12,4,4] = reshape(%12) {shape: [12,4,4]}
        %24: f32[12,4,4], %25: f32[4,12] = attention(%20, %22, %23, %19, -) {scale: 0.5, softcap: 0, window: 0, causal: true}
        %26: f32[2,6,4,4] = reshape(%24) {shape: [2,6,4,4]}
        %28: bool[2,6,1,1] = reshape(%11) {shape: [2,6,1,1]}
        %29: f32[2,6,1,1] = cast(%28) {to: "f32"}
        %30: f32[2,6,4,4] = mul(%26, %29)
        output result = %30"
    `);
  });

  it.each([
    [
      'a causal and padded mask',
      (t) => attended(t, add(additive(t, and(causal(t), keys(t))), scores(t))),
      op(),
    ],
    ['a causal mask', (t) => attended(t, where(causal(t), scores(t), MIN)), op()],
    [
      'products that count rows and heads at once, values that do not',
      (t) => {
        const whole = (y: Tensor): Tensor => reshape(y, [B * H, S, D]);
        const dots = matmul(whole(q(t)), permute(whole(k(t)), [0, 2, 1]));
        return attended(
          t,
          add(reshape(mul(dots, 0.5), [B, H, S, S]), additive(t, and(causal(t), keys(t)))),
        );
      },
      op(),
    ],
    [
      'a triangle',
      (t) => attended(t, where(tril(full([S, S], true, 'bool', t)), scores(t), -Infinity)),
      op(),
    ],
    [
      'two masks',
      (t) =>
        attended(
          t,
          add(add(scores(t), additive(t, causal(t))), mul(sub(1, cast(keys(t), 'f32')), MIN)),
        ),
      op(),
    ],
    [
      'a padding mask alone',
      (t) =>
        attended(t, where(reshape(ge(cast(keys(t), 'i64'), 1n), [B, 1, 1, S]), scores(t), MIN)),
      op({ causal: false }),
    ],
    ['no mask', (t) => attended(t, scores(t)), op({ causal: false })],
    [
      'a window',
      (t) => attended(t, add(scores(t), additive(t, and(windowed(t), keys(t))))),
      op({ window: 3 }),
    ],
    [
      'queries scaled before their heads part',
      (t) =>
        attended(
          t,
          where(causal(t), matmul(split(mul(linear(x(t), wq(t)), 0.25)), turned(k(t))), MIN),
        ),
      op({ scale: 0.25 }),
    ],
    [
      'a division',
      (t) => attended(t, where(causal(t), div(matmul(q(t), turned(k(t))), 2), MIN)),
      op(),
    ],
    [
      'a soft cap',
      (t) => attended(t, add(mul(tanh(div(scores(t), 5)), 5), additive(t, causal(t)))),
      op({ softcap: 5 }),
    ],
    [
      'a filled mask and rows freed of their largest score',
      (t) => {
        const s = where(causal(t), scores(t), MIN);
        return attended(t, sub(s, gather(s, 3, argmax(s, 3, true))));
      },
      op(),
    ],
    [
      'scores scaled and bounded after they are masked',
      (t) =>
        attended(
          t,
          maximum(
            add(mul(where(causal(t), matmul(q(t), turned(k(t))), MIN), 0.5), additive(t, keys(t))),
            MIN,
          ),
        ),
      op(),
    ],
    ['sdpa', (t) => merged(t, scaledDotProductAttention(q(t), k(t), v(t), { causal: true })), op()],
    [
      'queries from an op with an operand left out',
      (t) => {
        const bent = tanh(q(t));
        const normed = mul(bent, rsqrt(add(mean(mul(bent, bent), [3], true), 1e-5)));
        return attended(t, where(causal(t), mul(matmul(normed, turned(k(t))), 0.5), MIN));
      },
      op(),
    ],
    [
      'sdpa with fewer key and value heads',
      (t) => {
        const few = (y: Tensor): Tensor => split(linear(x(t), y), 2);
        return merged(
          t,
          scaledDotProductAttention(q(t), few(wide(t)), few(wide(t)), { causal: true }),
        );
      },
      op(),
    ],
    [
      'sdpa with a cap and a mask',
      (t) =>
        merged(
          t,
          scaledDotProductAttention(q(t), k(t), v(t), {
            mask: and(causal(t), keys(t)),
            softcap: 3,
            scale: 0.4,
          }),
        ),
      op({ scale: 0.4, softcap: 3 }),
    ],
  ] satisfies [string, (t: Trace) => Tensor, string][])('takes %s', (_, build, wanted) => {
    const result = run(build);
    expect(attentions(result)).toContain(wanted);
    expect(operations(result.graph)).not.toEqual(expect.arrayContaining(['softmax{dim: 3}']));
    expectSameNumbers(result, { attention_mask: MASK });
  });
});
