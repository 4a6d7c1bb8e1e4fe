// Operands that an op is not defined on are refused where it is recorded, not where it runs.
import { describe, expect, it } from 'vitest';
import { conv1d, matmul, scaledDotProductAttention, trace, type Trace } from '../../src/index.js';

const refusal = (body: (t: Trace) => unknown) => (): unknown =>
  trace('refused', (t) => void body(t));

describe('an op that is recorded refuses', () => {
  it('products of integers with floats', () => {
    expect(
      refusal((t) =>
        matmul(t.input('batch', 'a', [2, 3], 'i64'), t.input('batch', 'b', [3, 2], 'f32')),
      ),
    ).toThrow('matmul: [2,3] times [3,2]: i64 with f32');
  });

  it('convolutions of integers', () => {
    expect(
      refusal((t) =>
        conv1d(
          t.input('batch', 'x', [1, 2, 4], 'i64'),
          t.input('batch', 'w', [2, 1, 2], 'f32'),
          undefined,
          {
            groups: 2,
          },
        ),
      ),
    ).toThrow('do not fit x i64[1,2,4]');
  });

  it.each([
    ['a mask of more queries', [3, 4], [2], 'sdpa: mask [3,4] is not for scores [1,2,1,4]'],
    ['a mask of no keys', [1, 0], [2], /sdpa: shapes? \[1,0\]/],
    ['sinks of other heads', [1, 4], [3], 'sdpa: sinks [3] are not one for each of 2 heads'],
  ] as const)('attention with %s', (_, mask, sinks, message) => {
    expect(
      refusal((t) => {
        const [q, k] = [
          t.input('batch', 'q', [1, 2, 1, 3], 'f32'),
          t.input('batch', 'k', [1, 2, 4, 3], 'f32'),
        ];
        scaledDotProductAttention(q, k, k, {
          mask: t.input('batch', 'mask', mask, 'f32'),
          sinks: t.input('batch', 'sinks', sinks, 'f32'),
        });
      }),
    ).toThrow(message);
  });
});
