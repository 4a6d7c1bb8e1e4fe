// Choosing the next token inside the decoding program, so that only ids leave the device:
// temperature, top-k and top-p over softmax probabilities, or the largest logit.

import { floatsOf, integerAt, numberIn } from '../support/elements.js';
import { AutomodelError } from '../../error.js';
import { formatShape, sizeOf, sizeAt, sizesOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import type { NoAttributes } from '../support/operand.js';
import { philox, uniform } from './philox.js';

/** 0-dimensional inputs of sampling. */
export interface SamplingScalars {
  /** f32; 0 is greedy: the largest logit, the lowest id on ties. */
  readonly temperature: Tensor;
  /** f32 in (0, 1]: the smallest set of most likely tokens whose probabilities reach it; 1: off. */
  readonly topP: Tensor;
  /** i32: only the largest logits, this many of them; 0: off. */
  readonly topK: Tensor;
  /** i64 */
  readonly seed: Tensor;
  /** i64: the position of the token, so that each draw has random numbers of its own. */
  readonly step: Tensor;
}

/** logits[R,V] -> ids i32[R]. */
export function sample(logits: Tensor, scalars: SamplingScalars): Tensor {
  return logits.trace.apply(
    sampleOp,
    [logits, scalars.temperature, scalars.topP, scalars.topK, scalars.seed, scalars.step],
    {},
  )[0];
}

const low = (value: bigint): number => Number(BigInt.asUintN(32, value));
const high = (value: bigint): number => Number(BigInt.asUintN(32, value >> 32n));

function choose(
  logits: Float64Array,
  temperature: number,
  topP: number,
  topK: number,
  random: number,
): number {
  const order = Array.from(logits.keys()).sort((a, b) => logits[b]! - logits[a]! || a - b);
  if (temperature === 0) return order[0]!;
  const kept = topK > 0 ? order.slice(0, topK) : order;
  const top = logits[kept[0]!]!;
  const weights = kept.map((id) => Math.exp((logits[id]! - top) / temperature));
  const total = weights.reduce((a, w) => a + w, 0);
  let [mass, count] = [0, 0];
  while (count < kept.length && (count === 0 || mass < topP * total)) mass += weights[count++]!;
  let rest = random * mass;
  for (let i = 0; i < count; i++) {
    rest -= weights[i]!;
    if (rest < 0) return kept[i]!;
  }
  return kept[count - 1]!;
}

const settings = (
  temperature: number,
  topP: number,
  topK: number,
  seed: number,
): { shape: []; dtype?: 'i32' | 'i64'; values: number[] }[] => [
  { shape: [], values: [temperature] },
  { shape: [], values: [topP] },
  { shape: [], dtype: 'i32', values: [topK] },
  { shape: [], dtype: 'i64', values: [seed] },
  { shape: [], dtype: 'i64', values: [3] },
];

export const sampleOp: OpDefinition<NoAttributes> = defineOp({
  name: 'sample',
  summary: 'draws a token id from each row of logits',
  operands: ['logits', 'temperature', 'topP', 'topK', 'seed', 'step'],
  outputs: ['ids'],
  infer: ({ logits }) => {
    if (logits.shape.length !== 2)
      throw new AutomodelError(
        'bad-shape',
        `sample: logits must be a matrix, not ${formatShape(logits.shape)}`,
      );
    return [{ shape: [sizeAt(logits, 0)], dtype: 'i32' }];
  },
  reference({ logits, ...scalars }) {
    const [rows, vocabulary] = sizesOf(logits, 2);
    const [seed, step] = [integerAt(scalars.seed.data, 0), integerAt(scalars.step.data, 0)];
    const data = Int32Array.from({ length: rows }, (_, r) => {
      const random = uniform(philox([low(step), high(step), r, 0], [low(seed), high(seed)])[0]);
      return choose(
        floatsOf(logits).subarray(r * vocabulary, (r + 1) * vocabulary),
        numberIn(scalars.temperature),
        numberIn(scalars.topP),
        numberIn(scalars.topK),
        random,
      );
    });
    return [{ shape: [rows], dtype: 'i32', data }];
  },
  flops: ({ logits }) => 4 * sizeOf(logits.shape),
  castRule: 'full',
  once: true,
  samples: [
    { inputs: [{ shape: [3, 17] }, ...settings(0, 1, 0, 1)], attrs: {} },
    { inputs: [{ shape: [5, 17], range: [-3, 3] }, ...settings(0.8, 1, 0, 2)], attrs: {} },
    { inputs: [{ shape: [5, 17], range: [-3, 3] }, ...settings(1, 0.7, 0, 3)], attrs: {} },
    { inputs: [{ shape: [5, 17], range: [-3, 3] }, ...settings(1, 0.9, 4, 4)], attrs: {} },
  ],
});
