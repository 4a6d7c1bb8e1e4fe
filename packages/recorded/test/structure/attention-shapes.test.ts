// Recorded attention over operands of other ranks and head counts, and what stays as it is.
import { describe, expect, it } from 'vitest';
import {
  add,
  and,
  arange,
  cast,
  constant,
  full,
  le,
  matmul,
  mul,
  narrow,
  neg,
  or,
  permute,
  reshape,
  softmax,
  where,
  type Tensor,
  type Trace,
} from '@automodel/core';
import { expectSameNumbers, fused } from './fused.js';
import {
  B,
  D,
  H,
  MASK,
  MIN,
  S,
  additive,
  at,
  attended,
  attentions,
  bias,
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
  turned,
  v,
} from './attention-parts.js';

describe('fuse-attention', () => {
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
