// Operands that an op is not defined on are refused where it is recorded, not where it runs.
import { describe, expect, it } from 'vitest';
import {
  builtinOps,
  conv1d,
  matmul,
  scaledDotProductAttention,
  squaredNorms,
  trace,
  type Tensor,
  type Trace,
} from '../../src/index.js';

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

  describe('lists of an update', () => {
    const scalars = (t: Trace, count: number): Tensor[] =>
      Array.from({ length: count }, (_, i) => t.input('scalar', `s${i}`, [], 'f32'));
    const states = (t: Trace, count: number): Tensor[] =>
      Array.from({ length: count }, (_, i) => t.input('state', `x${i}`, [2], 'f32'));
    const adamw = (count: number) =>
      refusal((t) =>
        t.apply(builtinOps.adamw_many, [...scalars(t, 6), ...states(t, count)], {
          beta1: 0.9,
          beta2: 0.99,
          eps: 1e-8,
        }),
      );
    const sgd = (count: number, momentum: number) =>
      refusal((t) =>
        t.apply(builtinOps.sgd_many, [...scalars(t, 4), ...states(t, count)], {
          momentum,
          nesterov: false,
        }),
      );

    it.each([0, 3, 5, 4 * 129])('that are empty, uneven or too long: %i tensors', (count) => {
      const end = `of 1 to 128 tensors, not ${count} tensors`;
      expect(adamw(count)).toThrow(`adamw_many takes 4 lists ${end}`);
      expect(sgd(3 * count + 1, 0.9)).toThrow('sgd_many takes 3 lists');
      expect(sgd(2 * count + 1, 0)).toThrow('sgd_many takes 2 lists');
    });

    it('of other shapes', () => {
      expect(
        refusal((t) => {
          const other = t.input('state', 'other', [3], 'f32');
          const lists = [...states(t, 3), other];
          t.apply(builtinOps.adamw_many, [...scalars(t, 6), ...lists], {
            beta1: 0.9,
            beta2: 0.99,
            eps: 1e-8,
          });
        }),
      ).toThrow('adamw: gradient [3] or moments do not fit the parameter [2]');
    });

    it('of norms that are empty or too long', () => {
      const norms = (count: number) =>
        refusal((t) => t.apply(builtinOps.squared_norm_many, states(t, count), {}));
      for (const count of [0, 129])
        expect(norms(count)).toThrow(
          `squared_norm_many takes a list of 1 to 128 tensors, not ${count} tensors`,
        );
    });

    it('but not norms of any number of tensors', () => {
      trace('norms', (t) =>
        expect(squaredNorms(states(t, 300)).map(({ shape }) => shape)).toEqual([
          [128],
          [128],
          [44],
        ]),
      );
    });
  });
});
