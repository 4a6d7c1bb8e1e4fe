// What looks like a pattern and is not one, or is one with operands that are empty, shared, turned
// to whole numbers, or made by chains as long as a graph may be: left as it is, and never an error.
import {
  add,
  cast,
  cat,
  constant,
  cos,
  expand,
  full,
  matmul,
  max,
  mul,
  neg,
  reshape,
  sin,
  slice,
  sliceScatter,
  softmax,
  sub,
  tanh,
  where,
  type Tensor,
  type Trace,
} from '@automodel/core';
import { describe, expect, it } from 'vitest';
import {
  attentions,
  B,
  causal,
  D,
  H,
  k,
  merged,
  MIN,
  q,
  run,
  S,
  scores,
  sinks,
  turned,
  v,
} from './attention-parts.js';
import { expectSameNumbers, fused, inputs, operations } from './fused.js';

const { x, row } = inputs({ x: [2, 3, 2, 4], row: [B, H, S, 1] });
const MASK = new Array<number>(B * S).fill(1);

const masked = (t: Trace): Tensor => where(causal(t), scores(t), MIN);
const shifted = (s: Tensor): Tensor => sub(s, max(s, [-1], true));
const columnOf = (t: Trace): Tensor => expand(reshape(sinks(t), [1, H, 1, 1]), [B, H, S, 1]);
const weighed = (t: Trace, weights: Tensor): Tensor => merged(t, matmul(weights, v(t)));
const keysOf = (weights: Tensor, from: number): Tensor =>
  slice(weights, [0, 0, 0, from], [B, H, S, from + S]);

describe('attention is left where', () => {
  it.each<[string, (t: Trace) => Tensor]>([
    [
      'a shift comes before sinks',
      (t) => weighed(t, keysOf(softmax(cat([shifted(masked(t)), columnOf(t)], -1), -1), 0)),
    ],
    [
      'a shift comes before a cap',
      (t) => weighed(t, softmax(mul(tanh(sub(scores(t), row(t))), 2), -1)),
    ],
    [
      'the first key is cut off instead of the sink',
      (t) => weighed(t, keysOf(softmax(cat([masked(t), columnOf(t)], -1), -1), 1)),
    ],
    [
      'only some queries are weighed',
      (t) => {
        const weights = slice(softmax(masked(t), -1), [0, 0, 0, 0], [B, H, 1, S]);
        return merged(t, expand(matmul(weights, v(t)), [B, H, S, D]));
      },
    ],
    [
      'scores become whole numbers',
      (t) => weighed(t, softmax(cast(cast(mul(scores(t), 9), 'i64'), 'f32'), -1)),
    ],
    [
      'queries are of another dtype than the result',
      (t) => weighed(t, softmax(matmul(cast(q(t), 'bf16'), turned(k(t))), -1)),
    ],
  ])('%s', (_, build) => {
    const result = run(build);
    expect(attentions(result).some((name) => name.startsWith('attention'))).toBe(false);
    expectSameNumbers(result, { attention_mask: MASK });
  });
});

describe('nothing recurses', () => {
  const LONG = 4000;

  it('through a long chain below a rotation', () => {
    const { graph } = fused(
      (t) => {
        let y = x(t);
        for (let i = 0; i < LONG; i++) y = neg(y);
        const [a, b] = [slice(y, [0, 0, 0, 0], [2, 3, 2, 2]), slice(y, [0, 0, 0, 2], [2, 3, 2, 4])];
        const table = constant([0.5, 1], [2], 'f32', t);
        const [c, s] = [cos(table), sin(table)];
        return cat([sub(mul(a, c), mul(b, s)), add(mul(b, c), mul(a, s))], -1);
      },
      { verify: false },
    );
    expect(operations(graph).at(-1)).toBe('rope{interleaved: false, inverse: false}');
  });

  it('nor doubles for each sum of a table with itself', () => {
    const result = fused((t) => {
      let table = cast(reshape(t.input('batch', 'positions', [3], 'i64'), [3, 1, 1]), 'f32');
      table = mul(table, constant([0.5, 1], [2], 'f32', t));
      for (let i = 0; i < 60; i++) table = add(table, table);
      const y = x(t);
      const [a, b] = [slice(y, [0, 0, 0, 0], [2, 3, 2, 2]), slice(y, [0, 0, 0, 2], [2, 3, 2, 4])];
      const [c, s] = [cos(table), sin(table)];
      return cat([sub(mul(a, c), mul(b, s)), add(mul(b, c), mul(a, s))], -1);
    });
    expect(operations(result.graph).at(-1)).toBe('rope{interleaved: false, inverse: false}');
    expectSameNumbers(result, { positions: [0, 1, 2] });
  });

  it('nor doubles for each part of heads that is written into the whole', () => {
    const result = run((t) => {
      let keys = k(t);
      for (let i = 0; i < 40; i++) {
        const part = slice(keys, [0, 0, 0, 0], [B, H, 1, D]);
        keys = sliceScatter(keys, part, [0, 0, 1, 0], [B, H, 2, D]);
      }
      const own = mul(matmul(q(t), turned(keys)), 0.5);
      return weighed(t, softmax(where(causal(t), own, MIN), -1));
    });
    expect(attentions(result).some((name) => name.startsWith('attention'))).toBe(true);
    expectSameNumbers(result, { attention_mask: MASK });
  });
});

it('tables that repeat along other dimensions are not the same table', () => {
  const { z } = inputs({ z: [2, 2, 2, 4] });
  const result = fused((t) => {
    const table = t.input('batch', 'angles', [2, 2], 'f32');
    const [rows, tokens] = [reshape(table, [2, 1, 1, 2]), reshape(table, [2, 1, 2])];
    const y = z(t);
    const [a, b] = [slice(y, [0, 0, 0, 0], [2, 2, 2, 2]), slice(y, [0, 0, 0, 2], [2, 2, 2, 4])];
    return cat(
      [sub(mul(a, cos(rows)), mul(b, sin(rows))), add(mul(b, cos(tokens)), mul(a, sin(tokens)))],
      -1,
    );
  });
  expect(operations(result.graph).some((name) => name.startsWith('rope'))).toBe(false);
  expectSameNumbers(result, { angles: [0.1, 0.2, 0.3, 0.4] });
});

it('a constant that is made a whole number is not the number it was', () => {
  const result = fused(
    (t) => {
      const square = mul(x(t), x(t));
      const mean = mul(square, 1);
      const zero = cast(cast(full([2, 3, 2, 4], 0.5, 'f32', t), 'i64'), 'f32');
      return mul(x(t), add(mean, zero));
    },
    { disable: ['fold-constants'] },
  );
  expectSameNumbers(result);
});
