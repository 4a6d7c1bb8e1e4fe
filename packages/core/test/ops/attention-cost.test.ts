// What attention is counted as: pairs of queries and keys that can see each other.
import { expect, test } from 'vitest';
import { attentionOp } from '../../src/ops/attention/attention.js';

const flops = (documents: number, window: number, causal = true, queries = 64): number => {
  const [q, k] = [
    { shape: [queries, 2, 8], dtype: 'f32' as const },
    { shape: [64, 1, 8], dtype: 'f32' as const },
  ];
  const attrs = { scale: 1, softcap: 0, window, causal };
  const inputs = [q, k, k, { shape: [documents, 4], dtype: 'i32' as const }, undefined];
  return attentionOp.cost(inputs, attentionOp.infer(inputs, attrs), attrs).flops;
};

test('a query sees the keys of its document, half of them when causal, at most the window', () => {
  expect(flops(1, 0)).toBe(4 * 8 * 2 * 64 * 32);
  expect(flops(1, 0, false)).toBe(2 * flops(1, 0));
  expect(flops(4, 0)).toBe(flops(1, 0) / 4);
  expect(flops(1, 16)).toBe(flops(1, 0) / 2);
  expect(flops(1, 0, true, 1)).toBe(4 * 8 * 2 * 64);
});
