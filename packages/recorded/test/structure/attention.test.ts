// Recorded attention in its many spellings becomes attention over segments; masks are recognised by
// what they keep, and what is no such mask stays, with its reason.
import { describe, expect, it } from 'vitest';
import {
  add,
  and,
  arange,
  argmax,
  cast,
  cat,
  constant,
  div,
  expand,
  full,
  gather,
  ge,
  gt,
  index,
  le,
  linear,
  matmul,
  maximum,
  mean,
  mul,
  narrow,
  neg,
  or,
  permute,
  reshape,
  rsqrt,
  scaledDotProductAttention,
  sliceScatter,
  softmax,
  sub,
  tanh,
  tril,
  where,
  type Tensor,
  type Trace,
} from '@automodel/core';
import { expectSameNumbers, fused, inputs, operations } from './fused.js';

const [B, S, H, D] = [2, 6, 4, 4];
const { x, wq, wk, wv, wide, sinks, bias } = inputs({
  x: [B, S, 16],
  wq: [H * D, 16],
  wk: [H * D, 16],
  wv: [H * D, 16],
  wide: [2 * D, 16],
  sinks: [H],
  bias: [H, S, S],
});
const LENGTHS = [6, 4];
const MASK = LENGTHS.flatMap((length) => Array.from({ length: S }, (_, k) => Number(k < length)));
const MIN = -3.4028234663852886e38;

const split = (v: Tensor, heads = H, width = D): Tensor =>
  permute(reshape(v, [B, S, heads, width]), [0, 2, 1, 3]);
const q = (t: Trace): Tensor => split(linear(x(t), wq(t)));
const k = (t: Trace): Tensor => split(linear(x(t), wk(t)));
const v = (t: Trace): Tensor => split(linear(x(t), wv(t)));
const turned = (y: Tensor): Tensor => permute(y, [0, 1, 3, 2]);
const scores = (t: Trace): Tensor => mul(matmul(q(t), turned(k(t))), 0.5);
const attended = (t: Trace, s: Tensor): Tensor => merged(t, matmul(softmax(s, -1), v(t)));
const real = (t: Trace): Tensor =>
  cast(reshape(t.input('batch', 'attention_mask', [B * S], 'i32'), [B, S]), 'bool');
/** Only real queries count: what padding queries give is arbitrary. */
const merged = (t: Trace, y: Tensor): Tensor =>
  mul(permute(y, [0, 2, 1, 3]), cast(reshape(real(t), [B, S, 1, 1]), 'f32'));

const at = (t: Trace, shape: number[]): Tensor => reshape(arange(0, S, 1, 'i64', t), shape);
const causal = (t: Trace): Tensor => le(at(t, [1, 1, 1, S]), at(t, [1, 1, S, 1]));
const windowed = (t: Trace): Tensor =>
  and(causal(t), gt(at(t, [1, 1, 1, S]), sub(at(t, [1, 1, S, 1]), 3n)));
const keys = (t: Trace): Tensor => reshape(real(t), [B, 1, 1, S]);
const additive = (t: Trace, keep: Tensor): Tensor => where(keep, full([], 0, 'f32', t), MIN);

const op = (attrs: object = {}): string => {
  const {
    scale,
    softcap,
    window,
    causal: only,
  } = { scale: 0.5, softcap: 0, window: 0, causal: true, ...attrs };
  return `attention{scale: ${scale}, softcap: ${softcap}, window: ${window}, causal: ${only}}`;
};
const run = (build: (t: Trace) => Tensor): ReturnType<typeof fused> =>
  fused(build, { attentionMask: 'attention_mask' });
const attentions = (result: ReturnType<typeof fused>): string[] =>
  operations(result.graph).filter((name) => !name.startsWith('linear'));

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

  const groups = (y: Tensor): Tensor =>
    reshape(expand(reshape(y, [B, 2, 1, S, D]), [B, 2, 2, S, D]), [B, H, S, D]);
  const narrowed = (t: Trace, y: (z: Tensor) => Tensor): Tensor =>
    y(split(linear(x(t), wide(t)), 2));
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

  it('takes probabilities that weigh several values, of more heads than keys', () => {
    const result = run((t) => {
      const p = softmax(where(causal(t), matmul(q(t), turned(narrowed(t, groups))), MIN), -1);
      return add(merged(t, matmul(p, v(t))), merged(t, matmul(p, k(t))));
    });
    expect(attentions(result).filter((name) => name.startsWith('attention'))).toEqual([
      op({ scale: 1 }),
      op({ scale: 1 }),
    ]);
    expectSameNumbers(result, { attention_mask: MASK });
  });

  it('takes scores in three dimensions and probabilities in four', () => {
    const flat = (y: Tensor): Tensor => reshape(y, [B * H, S, y.shape[3]!]);
    const result = run((t) =>
      attended(
        t,
        where(
          causal(t),
          reshape(matmul(flat(q(t)), reshape(turned(k(t)), [B * H, D, S])), [B, H, S, S]),
          MIN,
        ),
      ),
    );
    expect(attentions(result)).toContain(op({ scale: 1 }));
    expectSameNumbers(result, { attention_mask: MASK });
  });

  it('takes batches of heads in three dimensions', () => {
    const flat = (y: Tensor): Tensor => reshape(y, [B * H, S, D]);
    const result = run((t) => {
      const s = reshape(matmul(flat(q(t)), permute(flat(k(t)), [0, 2, 1])), [B, H, S, S]);
      return merged(
        t,
        reshape(
          matmul(
            reshape(softmax(add(s, additive(t, and(causal(t), keys(t)))), -1), [B * H, S, S]),
            flat(v(t)),
          ),
          [B, H, S, D],
        ),
      );
    });
    expect(attentions(result)).toContain(op({ scale: 1 }));
    expectSameNumbers(result, { attention_mask: MASK });
  });

  it.each([
    [
      'distances',
      (t) =>
        attended(
          t,
          add(add(scores(t), neg(cast(at(t, [1, 1, S, 1]), 'f32'))), additive(t, causal(t))),
        ),
      /^what is added to the scores is a bias \(.*\) and not only a mask$/,
    ],
    [
      'a learned bias',
      (t) => attended(t, add(scores(t), bias(t))),
      /^a learned bias is added to the scores$/,
    ],
    [
      'every second key',
      (t) =>
        attended(
          t,
          where(
            constant(
              Array.from({ length: S * S }, (_, i) => i % 2),
              [S, S],
              'bool',
              t,
            ),
            scores(t),
            MIN,
          ),
        ),
      /^the mask is neither causal, nor windowed, nor open$/,
    ],
    [
      'keys by another rule',
      (t) => attended(t, where(or(causal(t), keys(t)), scores(t), MIN)),
      /attention_mask in another way than key by key$/,
    ],
    [
      'probabilities that are changed',
      (t) => merged(t, matmul(where(causal(t), softmax(scores(t), -1), 0), v(t))),
      /^the probabilities go into where$/,
    ],
    [
      'another input',
      (t) =>
        attended(
          t,
          where(cast(t.input('batch', 'token_types', [S], 'i64'), 'bool'), scores(t), MIN),
        ),
      /^the mask reads token_types$/,
    ],
    [
      'probabilities that others read',
      (t) => {
        const p = softmax(scores(t), -1);
        return add(
          permute(matmul(p, v(t)), [0, 2, 1, 3]),
          mul(narrow(narrow(permute(p, [0, 2, 1, 3]), 3, 0, 1), 3, 0, 1), 2),
        );
      },
      /^something else reads the probabilities$/,
    ],
  ] satisfies [string, (t: Trace) => Tensor, RegExp][])(
    'leaves %s and says why',
    (_, build, reason) => {
      const result = run(build);
      expect(attentions(result).some((name) => name.startsWith('attention'))).toBe(false);
      expect(result.report.missed.map((m) => m.reason)).toEqual([expect.stringMatching(reason)]);
    },
  );

  it('looks at a mask of thousands of tokens in little time and memory', () => {
    const long = 4096;
    const result = fused(
      (t) => {
        const mask = cast(t.input('batch', 'attention_mask', [8, long], 'i64'), 'bool');
        const column = reshape(arange(0, long, 1, 'i64', t), [1, 1, 1, long]);
        const keep = and(
          le(column, reshape(arange(0, long, 1, 'i64', t), [1, 1, long, 1])),
          reshape(mask, [8, 1, 1, long]),
        );
        const heads = (name: string): Tensor => t.input('parameter', name, [8, 1, long, 2], 'f32');
        return matmul(
          softmax(
            add(matmul(heads('q'), turned(heads('k'))), where(keep, full([], 0, 'f32', t), MIN)),
            -1,
          ),
          heads('v'),
        );
      },
      { attentionMask: 'attention_mask' },
    );
    expect(attentions(result)).toContain(op({ scale: 1 }));
  });
});
