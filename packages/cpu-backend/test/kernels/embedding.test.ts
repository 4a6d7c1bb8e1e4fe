// Embedding and its backward against f64 loops, with ids outside the table.
import { expect, it } from 'vitest';
import {
  bothPools,
  firstDifference,
  random,
  relativeError,
  scalar,
} from '../support/both-pools.js';
import type { Operand } from '../support/call-kernel.js';
import { describeInstructionSets } from '../support/describe-instruction-sets.js';

describeInstructionSets('embedding on %s', (set) => {
  const run = bothPools(set);

  it.each(['f32', 'bf16', 'f16'] as const)('embedding from %s', async (dtype) => {
    const table = random(dtype, [101, 77], 1);
    const ids = [0, 100, 7, 7, 101, -1, 55];
    for (const type of ['i32', 'i64'] as const) {
      const [y] = await run({
        kernel: 'embedding',
        inputs: [table, { dtype: type, shape: [7], values: ids }],
        outputs: [{ dtype: 'f32', shape: [7, 77] }],
        floats: [2],
      });
      expect(
        firstDifference(
          y!,
          ids.flatMap((id) =>
            Array.from({ length: 77 }, (_, c) =>
              id < 0 || id > 100 ? NaN : 2 * table.values[id * 77 + c]!,
            ),
          ),
        ),
      ).toBe(-1);
    }
  });

  it.each([undefined, 0, 1, 0.5])('embedding_backward with beta %s', async (beta) => {
    const ids: Operand = {
      dtype: 'i32',
      shape: [400],
      values: Array.from({ length: 400 }, (_, t) => {
        if (t % 7 === 0) return 3;
        return t % 3 === 0 ? 300 : (t * 37) % 199;
      }),
    };
    const [dy, before] = [random('bf16', [400, 150], 1), random('f32', [199, 150], 2)];
    const expected = before.values.map((v) => (beta === undefined || beta === 0 ? 0 : beta * v));
    Array.from(ids.values!, Number).forEach((id, t) => {
      if (id < 199)
        for (let c = 0; c < 150; c++) expected[id * 150 + c]! += dy.values[t * 150 + c]!;
    });
    const unread = { ...before, values: before.values.map(() => NaN) };
    const accumulator: Operand | null = beta === undefined ? null : before;
    for (const alias of beta === undefined ? [false] : [true, false]) {
      const out: Operand = { dtype: 'f32', shape: [199, 150], ...(alias ? { alias: 'in2' } : {}) };
      const [dw] = await run({
        kernel: 'embedding_backward',
        inputs: [
          dy,
          ids,
          beta === 0 ? unread : accumulator,
          beta === undefined ? null : scalar(beta),
        ],
        outputs: [out],
      });
      expect(relativeError(dw!, expected)).toBeLessThan(1e-6);
    }
  });
});
