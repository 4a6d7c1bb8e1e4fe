// Activations, gated and alone, and the soft cap, forward and backward, against f64 loops.
import { expect, it } from 'vitest';
import { bothPools, random, relativeError, STORAGE_ERROR } from '../support/both-pools.js';
import { describeInstructionSets } from '../support/describe-instruction-sets.js';

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const geluTanh = (x: number): number =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** By the number of the kernels' attribute; 2, gelu with erf, is held by the conformance suite. */
const ACTIVATIONS: Readonly<Record<number, (x: number) => number>> = {
  0: (x) => x * sigmoid(x),
  1: geluTanh,
  3: (x) => Math.max(0, x),
  4: sigmoid,
  5: (x) => Math.max(0, x) ** 2,
  6: (x) => x * sigmoid(1.702 * x),
};
const slope = (f: (x: number) => number, x: number): number => (f(x + 1e-5) - f(x - 1e-5)) / 2e-5;
/** Of activations with a kink at zero: their slope above it; below it is 0. */
const SLOPES_ABOVE_ZERO: Readonly<Record<string, (x: number) => number>> = {
  3: () => 1,
  5: (x) => 2 * x,
};

describeInstructionSets('activations on %s', (set) => {
  const run = bothPools(set);

  it.each(Object.keys(ACTIVATIONS))(
    'activation %s, gated and alone, forward and backward',
    async (key) => {
      const [f, ints] = [ACTIVATIONS[Number(key)]!, [Number(key)]];
      for (const dtype of ['f32', 'bf16'] as const) {
        const [gate, up, dy] = [
          random(dtype, [33, 1037], 1, 4),
          random(dtype, [33, 1037], 2),
          random(dtype, [33, 1037], 3),
        ];
        const like = { dtype, shape: gate.shape };
        const [limit, rough] = [STORAGE_ERROR[dtype]!, STORAGE_ERROR[dtype]! + 1e-6];
        const results = [
          ...(await run({ kernel: 'activation', inputs: [gate], outputs: [like], ints })),
          ...(await run({
            kernel: 'gated_activation',
            inputs: [gate, up],
            outputs: [{ ...like, alias: 'in1' }],
            ints,
          })),
          ...(await run({
            kernel: 'activation_backward',
            inputs: [dy, gate],
            outputs: [like],
            ints,
          })),
          ...(await run({
            kernel: 'gated_activation_backward',
            inputs: [dy, gate, up],
            outputs: [like, like],
            ints,
          })),
        ];
        const value = gate.values.map(f);
        const slopes = gate.values.map((x) => {
          const slopeAbove = SLOPES_ABOVE_ZERO[key];
          if (slopeAbove === undefined) return slope(f, x);
          return x > 0 ? slopeAbove(x) : 0;
        });
        expect(relativeError(results[0]!, value)).toBeLessThan(limit);
        expect(
          relativeError(
            results[1]!,
            value.map((v, i) => v * up.values[i]!),
          ),
        ).toBeLessThan(limit);
        expect(
          relativeError(
            results[2]!,
            slopes.map((s, i) => s * dy.values[i]!),
          ),
        ).toBeLessThan(rough);
        expect(
          relativeError(
            results[3]!,
            slopes.map((s, i) => s * dy.values[i]! * up.values[i]!),
          ),
        ).toBeLessThan(rough);
        expect(
          relativeError(
            results[4]!,
            value.map((v, i) => v * dy.values[i]!),
          ),
        ).toBeLessThan(limit);
      }
    },
  );

  it('caps softly, forward and backward', async () => {
    const [x, dy] = [random('f32', [2000], 1, 9), random('f32', [2000], 2)];
    const t = x.values.map((v) => Math.tanh(v / 3));
    const [y] = await run({
      kernel: 'soft_cap',
      inputs: [x],
      outputs: [{ dtype: 'f32', shape: [2000] }],
      floats: [3],
    });
    expect(
      relativeError(
        y!,
        t.map((v) => 3 * v),
      ),
    ).toBeLessThan(1e-6);
    const [dx] = await run({
      kernel: 'soft_cap_backward',
      inputs: [dy, x],
      outputs: [{ dtype: 'f32', shape: [2000] }],
      floats: [3],
    });
    expect(
      relativeError(
        dx!,
        t.map((v, i) => dy.values[i]! * (1 - v * v)),
      ),
    ).toBeLessThan(1e-6);
  });
});
