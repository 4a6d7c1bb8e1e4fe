// Dropout (Srivastava et al. 2014) with counter-based random numbers: whether an element is kept
// depends on seed, step, stream and position alone, so the backward pass and recomputation see the
// same choice.
import { floatsOf, integerAt, newFloats } from '../support/elements.js';
import { AutomodelError } from '../../error.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { philox, uniform } from './philox.js';

export type DropoutAttributes = {
  /** Probability of zero. */
  readonly p: number;
  /** Tells this dropout from all others of the program. */
  readonly stream: number;
};

/** 0-dimensional inputs of dropout. */
export interface DropoutScalars {
  /** i64 */
  readonly seed: Tensor;
  /** i64: differs from micro-batch to micro-batch. */
  readonly step: Tensor;
}

/** x[...] -> y[...]: x / (1 - p) where kept, else 0. Errors: p outside [0, 1). */
export function dropout(
  x: Tensor,
  p: number,
  stream: number,
  { seed, step }: DropoutScalars,
): Tensor {
  return p === 0 ? x : x.trace.apply(dropoutOp, [x, seed, step], { p, stream })[0];
}

const low = (value: bigint): number => Number(BigInt.asUintN(32, value));
const high = (value: bigint): number => Number(BigInt.asUintN(32, value >> 32n));

const scalar = (value: number): { shape: number[]; dtype: 'i64'; values: number[] } => ({
  shape: [],
  dtype: 'i64',
  values: [value],
});

export const dropoutOp: OpDefinition<DropoutAttributes> = defineOp({
  name: 'dropout',
  summary: 'zeroes elements at random and scales the rest by 1 / (1 - p)',
  operands: ['x', 'seed', 'step'],
  infer({ x }, { p }) {
    if (!(p >= 0 && p < 1))
      throw new AutomodelError(
        'bad-argument',
        `dropout: p must be at least 0 and below 1, not ${p}`,
      );
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  reference(operands, { p, stream }, { y }) {
    const x = floatsOf(operands.x);
    const [seed, step] = [integerAt(operands.seed.data, 0), integerAt(operands.step.data, 0)];
    const data = newFloats(y);
    for (let block = 0; 4 * block < x.length; block++) {
      const words = philox([low(step), stream, block, 0], [low(seed), high(seed)]);
      for (let i = 4 * block; i < Math.min(x.length, 4 * block + 4); i++)
        data[i] = uniform(words[i % 4]!) < Math.fround(p) ? 0 : x[i]! / (1 - p);
    }
    return [{ ...y, data }];
  },
  gradient: ({ operands: { seed, step }, gradients: { y: dy }, attrs }) => ({
    x: dropout(dy, attrs.p, attrs.stream, { seed, step }),
  }),
  castRule: 'follow',
  overwrites: [[0, 0]],
  samples: [
    { inputs: [{ shape: [3, 37] }, scalar(42), scalar(7)], attrs: { p: 0.25, stream: 3 } },
    { inputs: [{ shape: [0] }, scalar(1), scalar(1)], attrs: { p: 0.5, stream: 0 } },
    { inputs: [{ shape: [130] }, scalar(5_000_000_000), scalar(0)], attrs: { p: 0.9, stream: 1 } },
  ],
});
